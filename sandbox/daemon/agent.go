package daemon

import (
	"errors"
	"net/http"
	"time"

	"paddock/sandbox/aws"
)

// agentURL is where the pods of a node find its Pod Identity agent.
func (d *daemon) agentURL(cluster, node string) string {
	return d.url + "/pod-identity/" + cluster + "/" + node
}

// agent plays the Pod Identity agents of all nodes: a pod shows its token and gets the credentials of its role.
func (d *daemon) agent(mux *http.ServeMux) {
	mux.HandleFunc("GET /pod-identity/{cluster}/{node}/v1/credentials", func(w http.ResponseWriter, r *http.Request) {
		cluster, node := r.PathValue("cluster"), r.PathValue("node")
		if err := d.plane.Agent(r.Context(), cluster, node); err != nil {
			d.cfg.Log.Warn("no Pod Identity agent", "cluster", cluster, "node", node, "cause", err)
			panic(http.ErrAbortHandler) // nobody listens there: the connection breaks
		}
		c, err := d.cloud.AgentCredentials(r.Context(), cluster, node, r.Header.Get("Authorization"))
		if err != nil {
			status := http.StatusInternalServerError
			if said := (*aws.Error)(nil); errors.As(err, &said) {
				status = http.StatusBadRequest
			}
			http.Error(w, err.Error(), status)
			return
		}
		answer(w, map[string]any{
			"AccessKeyId": c.AccessKeyID, "SecretAccessKey": c.SecretAccessKey, "Token": c.SessionToken,
			"Expiration": c.Expiration.UTC().Format(time.RFC3339), "AccountId": d.cloud.Account(),
		})
	})
}
