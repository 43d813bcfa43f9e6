package plane

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"paddock/sandbox/machine"
)

// state is what a cluster remembers from one start to the next, beside etcd's data.
type state struct {
	ID    string `json:"id"` // of the machine.Cluster that the data belong to
	Ports ports  `json:"ports"`
}

// ports are all on 127.0.0.1. Only the apiserver's is promised to stay: kubeconfigs outside name it.
type ports struct {
	APIServer   int `json:"apiserver"`
	Etcd        int `json:"etcd"`
	Controllers int `json:"controllers"`
	Scheduler   int `json:"scheduler"`
	KWOK        int `json:"kwok"`
	Metrics     int `json:"metrics"`
}

// plan reads the remembered state and finds a free port for every process.
func (c *cluster) plan(want machine.Cluster) (state, error) {
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
		if err := awaitFree(st.Ports.APIServer, 3*time.Second); err != nil {
			return state{}, fmt.Errorf("apiserver: %w", err)
		}
	}
	all := []*int{
		&st.Ports.APIServer, &st.Ports.Etcd, &st.Ports.Controllers, &st.Ports.Scheduler, &st.Ports.KWOK, &st.Ports.Metrics,
	}
	for _, port := range all {
		if *port != 0 && free(*port) == nil {
			continue
		}
		if *port, err = choosePort(); err != nil {
			return state{}, err
		}
	}
	return st, nil
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
	return writeFile(path, raw, 0o600)
}

// writeFile replaces a file whole or not at all, so that a process that is killed half-way leaves the old one.
func writeFile(path string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(tmp.Name()) // no longer there once renamed
	_, err = tmp.Write(data)
	if err = errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}
