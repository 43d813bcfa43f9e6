package daemon

import (
	"encoding/json"
	"fmt"
	"net/http"

	authn "k8s.io/api/authentication/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"paddock/sandbox/link"
)

// authenticator answers the TokenReviews of the clusters' apiservers: the token says which principal calls, the cluster's
// access entries say who that is in the cluster. It listens on loopback only, beside the secrets of the local stacks.
func (d *daemon) authenticator() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /authenticate/{cluster}", func(w http.ResponseWriter, r *http.Request) {
		var review authn.TokenReview
		if err := json.NewDecoder(r.Body).Decode(&review); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		review.Status = d.review(r.PathValue("cluster"), review.Spec.Token)
		review.TypeMeta = meta.TypeMeta{APIVersion: authn.SchemeGroupVersion.String(), Kind: "TokenReview"}
		review.Spec = authn.TokenReviewSpec{}
		answer(w, review)
	})
	d.secrets(mux)
	return mux
}

func (d *daemon) review(cluster, token string) authn.TokenReviewStatus {
	c, err := d.tokens.read(cluster, token)
	if err != nil {
		return authn.TokenReviewStatus{Error: err.Error()}
	}
	user, groups, err := d.cloud.Authenticate(cluster, c.ARN)
	if err != nil {
		d.cfg.Log.Info("caller refused", "cluster", cluster, "principal", c.ARN, "error", err)
		return authn.TokenReviewStatus{Error: err.Error()}
	}
	return authn.TokenReviewStatus{Authenticated: true, User: authn.UserInfo{
		Username: user, UID: "aws-iam-authenticator:" + c.ARN, Groups: append(groups, "system:authenticated"),
		Extra: map[string]authn.ExtraValue{"arn": {c.ARN}},
	}}
}

// token is sts and `aws eks get-token` in one: who holds the account's key may act as any role of the account. Trust
// policies are not asked yet; sandbox/README.md says so.
func (d *daemon) token(w http.ResponseWriter, r *http.Request) {
	var ask link.TokenRequest
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if !d.tokens.knows(ask.AccessKeyID, ask.SecretAccessKey) {
		http.Error(w, "InvalidClientTokenId: the security token included in the request is invalid; run `. .sandbox/env`", http.StatusForbidden)
		return
	}
	arn := ask.Role
	if arn == "" {
		arn = d.cloud.CallerARN()
	}
	if !d.cloud.RoleExists(arn) {
		http.Error(w, fmt.Sprintf("AccessDenied: User: %s is not authorized to perform: sts:AssumeRole on resource: %s (no such role)",
			d.cloud.CallerARN(), arn), http.StatusForbidden)
		return
	}
	token, err := d.tokens.sign(ask.Cluster, arn)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, token)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the caller has gone; there is nobody left to tell
}
