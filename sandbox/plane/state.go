package plane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"paddock/sandbox/atomicfile"
	"paddock/sandbox/machine"
	"paddock/sandbox/ports"
)

// A cluster's folder holds etcd's data, the certificates and kubeconfigs, the processes' logs and state.json. It survives
// the death of any process, this one's included. A power cut may lose it: etcd does not wait for the disk (--unsafe-no-fsync),
// and neither do the files written here. Then the folder is to be removed, and with it what was in the cluster.

// state is what a cluster remembers from one start to the next, beside etcd's data.
type state struct {
	ID    string    `json:"id"` // of the machine.Cluster that the data belong to
	Ports listeners `json:"ports"`
}

// listeners are all on 127.0.0.1. Only the apiserver's is promised to stay: kubeconfigs outside name it.
type listeners struct {
	APIServer   int `json:"apiserver"`
	Etcd        int `json:"etcd"`
	Controllers int `json:"controllers"`
	Scheduler   int `json:"scheduler"`
	KWOK        int `json:"kwok"`
	Metrics     int `json:"metrics"`
	Kubelet     int `json:"kubelet"`
	Mesh        int `json:"mesh"` // the proxy that leads to Services
}

// plan reads the remembered state and finds a free port for every process.
func (c *cluster) plan(ctx context.Context, want machine.Cluster) (state, error) {
	st, err := loadState(c.path("state.json"))
	if err != nil {
		return state{}, err
	}
	if st.ID != "" && st.ID != want.ID {
		// Who asks decides which clusters exist. These data are of one that was given up before it was deleted here.
		c.cfg.Log.Warn("removing the data of an earlier cluster of this name", "cluster", c.name, "id", st.ID)
		if err := os.RemoveAll(c.dir); err != nil {
			return state{}, fmt.Errorf("data of an earlier cluster of this name: %w", err)
		}
		st = state{}
	}
	st.ID = want.ID
	if want.Port != 0 {
		st.Ports.APIServer = want.Port
	}
	if st.Ports.APIServer != 0 {
		if err := awaitFree(ctx, st.Ports.APIServer); err != nil {
			return state{}, fmt.Errorf("apiserver: %w", err)
		}
	}
	all := []*int{
		&st.Ports.APIServer, &st.Ports.Etcd, &st.Ports.Controllers, &st.Ports.Scheduler, &st.Ports.KWOK, &st.Ports.Metrics,
		&st.Ports.Kubelet, &st.Ports.Mesh,
	}
	for _, port := range all {
		if *port != 0 && ports.Free(*port) == nil {
			continue
		}
		if *port, err = ports.Choose(); err != nil {
			return state{}, err
		}
	}
	return st, nil
}

// awaitFree gives an apiserver that is on its way out the time to go.
func awaitFree(ctx context.Context, port int) error {
	err := until(ctx, 3*time.Second, func(context.Context) error { return ports.Free(port) })
	if err == nil {
		return nil
	}
	return fmt.Errorf("port %d is in use by another program: end it (`ss -ltnp 'sport = :%d'` names it) "+
		"and start again; kubeconfigs name this port, so it is not changed: %w", port, port, err)
}

func loadState(path string) (state, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, nil
	}
	if err != nil {
		return state{}, fmt.Errorf("remembered state: %w", err)
	}
	var st state
	if err := json.Unmarshal(raw, &st); err != nil {
		return state{}, fmt.Errorf("remembered state: %s: %w", path, err)
	}
	return st, nil
}

func saveState(path string, st state) error {
	raw, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return fmt.Errorf("remembered state: %w", err)
	}
	return atomicfile.Write(path, raw, 0o600)
}
