package daemon

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	authn "k8s.io/api/authentication/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/sandbox/aws"
	"paddock/sandbox/wire"
)

// authenticator answers the TokenReviews of the clusters' apiservers: the token says which principal calls, the cluster's
// access entries say who that is in the cluster. It listens on loopback only, beside the secrets of the local
// stacks and the Pod Identity agents.
func (d *daemon) authenticator() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /authenticate/{cluster}", func(w http.ResponseWriter, r *http.Request) {
		var review authn.TokenReview
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		review.Status = d.review(r.Context(), r.PathValue("cluster"), review.Spec.Token)
		review.TypeMeta = meta.TypeMeta{APIVersion: authn.SchemeGroupVersion.String(), Kind: "TokenReview"}
		review.Spec = authn.TokenReviewSpec{}
		answer(w, review)
	})
	d.secrets(mux)
	d.agent(mux)
	return mux
}

// tokenPrefix begins the tokens of `aws eks get-token`; a presigned sts:GetCallerIdentity follows.
const tokenPrefix = "k8s-aws-v1."

func (d *daemon) review(ctx context.Context, cluster, token string) authn.TokenReviewStatus {
	as, err := d.caller(ctx, cluster, token)
	if err != nil {
		return authn.TokenReviewStatus{Error: err.Error()}
	}
	user, groups, err := d.cloud.Authenticate(cluster, as.CallerID())
	if err != nil {
		d.cfg.Log.Info("caller refused", "cluster", cluster, "principal", as.CallerID(), "error", err)
		return authn.TokenReviewStatus{Error: err.Error()}
	}
	return authn.TokenReviewStatus{Authenticated: true, User: authn.UserInfo{
		Username: user, UID: "aws-iam-authenticator:" + as.CallerID(), Groups: append(groups, "system:authenticated"),
		Extra: map[string]authn.ExtraValue{"arn": {as.CallerID()}},
	}}
}

// caller says who made a token for that cluster.
func (d *daemon) caller(ctx context.Context, cluster, token string) (aws.Env, error) {
	text, ours := strings.CutPrefix(token, tokenPrefix)
	presigned, err := base64.RawURLEncoding.DecodeString(text)
	if !ours || err != nil {
		return aws.Env{}, errors.New("token: not of the form of `aws eks get-token`")
	}
	as, err := wire.CheckPresigned(ctx, string(presigned), http.Header{"X-K8s-Aws-Id": {cluster}}, d.cloud)
	if err != nil {
		return as, fmt.Errorf("token: %w", err)
	}
	return as, nil
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the caller has gone; there is nobody left to tell
}
