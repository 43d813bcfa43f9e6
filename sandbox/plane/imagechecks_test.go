package plane_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// call has frontend ask another service by its name.
func (s *services) call(name string) (string, error) {
	return s.get("frontend", "/call?url="+url.QueryEscape(name))
}

func (s *services) checkNames(t *testing.T) {
	for _, host := range []string{"backend", "backend.red", "backend.red.svc.cluster.local:80"} {
		if text, err := s.call("http://" + host + "/version"); err != nil || text != "v1 hush" {
			t.Errorf("%s: %q, %v; want v1 and its secret", host, text, err)
		}
	}
	if _, err := s.call("http://nobody/"); err == nil || !strings.Contains(err.Error(), "lookup nobody.red.svc.cluster.local: no such host") {
		t.Errorf("an unknown name: %v", err)
	}
	if _, err := s.call("http://kubernetes.default:443/"); err == nil || !strings.Contains(err.Error(), "simulated") {
		t.Errorf("endpoints without a process: %v", err)
	}
}

// checkForward goes the way of kubectl: through the apiserver, by SPDY over a web socket and by SPDY alone.
func (s *services) checkForward(t *testing.T) {
	for name, env := range map[string]string{"websocket": "KUBECTL_PORT_FORWARD_WEBSOCKETS=true", "spdy": "KUBECTL_PORT_FORWARD_WEBSOCKETS=false"} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), filepath.Join(os.Getenv(toolsVariable), "kubectl"), "--kubeconfig", s.plane.AdminKubeconfig(dev.Name),
				"-n", "red", "port-forward", "--address", "127.0.0.1", "pod/"+s.pods("backend")[0].Name, ":8080")
			cmd.Env = append(os.Environ(), env)
			out, err := cmd.StdoutPipe()
			must(t, "kubectl", err)
			cmd.Stderr = t.Output()
			must(t, "kubectl", cmd.Start())
			t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
			line, err := bufio.NewReader(out).ReadString('\n')
			must(t, "kubectl", err)
			address, _, _ := strings.Cut(strings.TrimPrefix(line, "Forwarding from "), " ")
			for range 3 {
				if text, err := fetch("http://" + address + "/version"); err != nil || text != "v1 hush" {
					t.Errorf("%s: %q, %v", line, text, err)
				}
			}
		})
	}
}

// checkUpdate counts what is lost while a new version takes the place of the old.
func (s *services) checkUpdate(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	var sent, lost atomic.Int64
	var load sync.WaitGroup
	for range 4 {
		load.Go(func() {
			for ctx.Err() == nil {
				sent.Add(1)
				if text, err := s.call("http://backend/version"); err != nil || text != "v1 hush" && text != "v2 hush" {
					lost.Add(1)
					t.Logf("lost: %q, %v", text, err)
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	s.push("backend", "v2")
	s.release("backend", "v2")
	s.rolled("backend", "v2")
	time.Sleep(3 * time.Second) // until the last old pod has ended
	stop()
	load.Wait()
	if sent.Load() < 100 || lost.Load() != 0 {
		t.Errorf("%d of %d requests were lost", lost.Load(), sent.Load())
	}
	if text, err := s.call("http://backend/version"); err != nil || text != "v2 hush" {
		t.Errorf("after the update %q, %v", text, err)
	}
}

// checkUnknownTag: the old version serves on, and the new one comes once it is there.
func (s *services) checkUnknownTag(t *testing.T) {
	s.release("backend", "v3")
	eventually(t, 30*time.Second, "back-off", func() error {
		var said []string
		for _, p := range s.pods("backend") {
			for _, c := range p.Status.ContainerStatuses {
				if w := c.State.Waiting; w != nil {
					said = append(said, w.Reason+": "+w.Message)
				}
			}
		}
		if text := strings.Join(said, "\n"); !strings.HasPrefix(text, "ImagePullBackOff: Back-off pulling image") || !strings.Contains(text, "backend:v3: not found") {
			return errors.New(text)
		}
		return nil
	})
	if text, err := s.call("http://backend/version"); err != nil || text != "v2 hush" {
		t.Errorf("meanwhile %q, %v; want the version before", text, err)
	}
	s.push("backend", "v3")
	s.rolled("backend", "v3")
}

// checkClaim: what a pod keeps, the next one finds; what nobody claims goes.
func (s *services) checkClaim(t *testing.T) {
	_, err := s.get("store", "/keep?what=jobs")
	must(t, "keep", err)
	old := s.pods("store")[0]
	must(t, "delete", s.cloud.Resource(s.resource("Pod")).Namespace("red").Delete(t.Context(), old.Name, metav1.DeleteOptions{}))
	eventually(t, 60*time.Second, "another pod", func() error {
		if all := s.pods("store"); len(all) != 1 || all[0].UID == old.UID {
			return fmt.Errorf("%d pods", len(all))
		}
		text, err := s.get("store", "/kept")
		if err == nil && text != "jobs" {
			err = fmt.Errorf("kept %q", text)
		}
		return err
	})
	var claim corev1.PersistentVolumeClaim
	must(t, "claim", s.cloud.get("", "v1", "persistentvolumeclaims", "red", "data", &claim))
	var v corev1.PersistentVolume
	must(t, "volume", s.cloud.get("", "v1", "persistentvolumes", "", claim.Spec.VolumeName, &v))
	if zone := v.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0]; zone.Key != corev1.LabelTopologyZone || !strings.HasPrefix(zone.Values[0], "us-west-2") {
		t.Errorf("volume of %+v, want one zone", zone)
	}
	must(t, "delete", s.cloud.Resource(s.resource("Deployment")).Namespace("red").Delete(t.Context(), "store", metav1.DeleteOptions{}))
	must(t, "delete", s.cloud.Resource(s.resource("PersistentVolumeClaim")).Namespace("red").Delete(t.Context(), "data", metav1.DeleteOptions{}))
	eventually(t, 60*time.Second, "no volume", func() error {
		left, err := os.ReadDir(filepath.Join(s.dir, "clusters", dev.Name, "volumes"))
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("%v are left", left)
		}
		return err
	})
}

// checkBurn: what a process really uses is what metrics-server tells.
func (s *services) checkBurn(t *testing.T) {
	go func() { _, _ = s.get("frontend", "/burn") }()
	eventually(t, 60*time.Second, "usage", func() error {
		u, err := s.cloud.Resource(schema.GroupVersionResource{Group: "metrics.k8s.io", Version: "v1beta1", Resource: "pods"}).Namespace("red").
			Get(t.Context(), s.pods("frontend")[0].Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		containers, _, _ := unstructured.NestedSlice(u.Object, "containers")
		if len(containers) != 1 {
			return fmt.Errorf("%d containers", len(containers))
		}
		usage := containers[0].(map[string]any)["usage"].(map[string]any)
		if cpu := quantity(usage["cpu"]); cpu < 0.2 {
			return fmt.Errorf("usage %v", usage)
		}
		if memory := quantity(usage["memory"]); memory < 1<<20 {
			return fmt.Errorf("usage %v", usage)
		}
		return nil
	})
}

func quantity(v any) float64 {
	q, err := resource.ParseQuantity(v.(string))
	if err != nil {
		return 0
	}
	return q.AsApproximateFloat64()
}
