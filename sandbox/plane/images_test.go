package plane_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/template"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/yaml"

	"paddock/sandbox/images"
	"paddock/sandbox/machine"
	"paddock/sandbox/plane"
)

const (
	imageAccount = "123456789012"
	imageOf      = imageAccount + ".dkr.ecr.us-west-2.amazonaws.com/paddock/red/"
)

// services is a cluster with the services of one team.
type services struct {
	t      *testing.T
	dir    string
	plane  *plane.Plane
	cloud  cloud
	images *images.Store
}

// TestIntegrationServices lives with services whose pods are processes.
func TestIntegrationServices(t *testing.T) {
	s := newServices(t)
	s.push("backend", "v1")
	s.push("frontend", "v1")
	s.push("store", "v1")
	s.apply(`{apiVersion: v1, kind: Namespace, metadata: {name: red}}`)
	s.apply(`{apiVersion: v1, kind: Secret, metadata: {name: db, namespace: red}, stringData: {password: hush}}`)
	s.deploy("backend", 2, "")
	s.deploy("frontend", 1, "")
	s.deploy("store", 1, "data")
	for _, name := range []string{"backend", "frontend", "store"} {
		s.rolled(name, "v1")
	}
	t.Run("by name", s.checkNames)
	t.Run("forward", s.checkForward)
	t.Run("update under load", s.checkUpdate)
	t.Run("unknown tag", s.checkUnknownTag)
	t.Run("claim", s.checkClaim)
	t.Run("top", s.checkBurn)
}

func newServices(t *testing.T) *services {
	t.Helper()
	bin := os.Getenv(toolsVariable)
	if bin == "" {
		t.Skip(toolsVariable + " does not name the folder of the built tools; `make test` sets it")
	}
	s := &services{t: t, dir: t.TempDir()}
	var err error
	s.images, err = images.Open(filepath.Join(s.dir, "images.json"))
	must(t, "images", err)
	s.plane, err = plane.New(plane.Config{
		Dir: s.dir, Bin: bin, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Images: s.images,
		Associated: func(_, namespace, account string) bool {
			return namespace+"/"+account == "kube-system/ebs-csi-controller-sa"
		},
	})
	must(t, "plane", err)
	t.Cleanup(func() { must(t, "stop", s.plane.Stop(context.Background())) })
	_, err = s.plane.EnsureCluster(t.Context(), dev)
	must(t, "start", err)
	for i := range 2 {
		must(t, "node", s.plane.EnsureNode(t.Context(), dev.Name, m5large(i)))
	}
	for name, configuration := range map[string]string{"metrics-server": "", "aws-ebs-csi-driver": `{"defaultStorageClass":{"enabled":true}}`} {
		must(t, name, s.plane.EnsureAddon(t.Context(), dev.Name, machine.Addon{Name: name, Version: "v1.51.1-eksbuild.1", Configuration: configuration}))
	}
	s.cloud = client(t, s.plane)
	return s
}

// push makes the service of this test an image.
func (s *services) push(name, tag string) {
	s.t.Helper()
	self, err := os.Executable()
	must(s.t, "self", err)
	must(s.t, "push", s.images.Add(imageAccount, images.Image{Ref: imageOf + name + ":" + tag, Dir: s.t.TempDir(), Command: []string{self, "service", tag}}))
}

func (s *services) resource(kind string) schema.GroupVersionResource {
	return map[string]schema.GroupVersionResource{
		"Namespace": {Version: "v1", Resource: "namespaces"}, "Secret": {Version: "v1", Resource: "secrets"}, "Service": {Version: "v1", Resource: "services"},
		"PersistentVolumeClaim": {Version: "v1", Resource: "persistentvolumeclaims"}, "PersistentVolume": {Version: "v1", Resource: "persistentvolumes"},
		"Pod": {Version: "v1", Resource: "pods"}, "Deployment": {Group: "apps", Version: "v1", Resource: "deployments"}, "Event": {Version: "v1", Resource: "events"},
	}[kind]
}

func (s *services) apply(text string) {
	s.t.Helper()
	for _, doc := range strings.Split(text, "\n---\n") {
		u := &unstructured.Unstructured{}
		must(s.t, doc, yaml.Unmarshal([]byte(doc), &u.Object))
		_, err := s.cloud.Resource(s.resource(u.GetKind())).Namespace(u.GetNamespace()).Create(s.t.Context(), u, metav1.CreateOptions{})
		must(s.t, u.GetKind()+" "+u.GetName(), err)
	}
}

// A service as a team's is deployed: probed, updated one by one, with a moment between its leave and its end.
var serviceTemplate = template.Must(template.New("").Parse(`
apiVersion: v1
kind: Service
metadata: {name: {{.Name}}, namespace: red}
spec: {selector: {app: {{.Name}}}, ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{.Name}}, namespace: red}
spec:
  replicas: {{.Replicas}}
  selector: {matchLabels: {app: {{.Name}}}}
  strategy: {{if .Claim}}{type: Recreate}{{else}}{rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}{{end}}
  template:
    metadata: {labels: {app: {{.Name}}}}
    spec:
      containers:
      - name: app
        image: {{.Image}}:v1
        ports: [{name: http, containerPort: 8080}]
        env:
        - {name: PORT, value: "8080"}
        - {name: DATA, value: /data}
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
        startupProbe: {httpGet: {path: /version, port: http}, periodSeconds: 1, failureThreshold: 30}
        readinessProbe: {httpGet: {path: /version, port: http}, periodSeconds: 1}
        livenessProbe: {httpGet: {path: /version, port: http}}
        lifecycle: {preStop: {sleep: {seconds: 2}}}
        resources: {requests: {cpu: 100m, memory: 64Mi}}
        volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, {{if .Claim}}persistentVolumeClaim: {claimName: {{.Claim}}}{{else}}emptyDir: {}{{end}}}]
{{if .Claim}}---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: {{.Claim}}, namespace: red}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
{{end}}`))

func (s *services) deploy(name string, replicas int, claim string) {
	s.t.Helper()
	var text bytes.Buffer
	must(s.t, name, serviceTemplate.Execute(&text, map[string]any{"Name": name, "Replicas": replicas, "Claim": claim, "Image": imageOf + name}))
	s.apply(strings.TrimSpace(text.String()))
}

func (s *services) release(name, tag string) {
	s.t.Helper()
	patch := fmt.Sprintf(`{"spec":{"template":{"spec":{"containers":[{"name":"app","image":"%s%s:%s"}]}}}}`, imageOf, name, tag)
	_, err := s.cloud.Resource(s.resource("Deployment")).Namespace("red").
		Patch(s.t.Context(), name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{})
	must(s.t, "release", err)
}

// rolled waits until every pod of a service is of the version, and ready.
func (s *services) rolled(name, tag string) {
	s.t.Helper()
	eventually(s.t, 60*time.Second, name+" "+tag, func() error {
		var d appsv1.Deployment
		if err := s.cloud.get("apps", "v1", "deployments", "red", name, &d); err != nil {
			return err
		}
		if d.Status.ObservedGeneration < d.Generation || d.Status.UpdatedReplicas != *d.Spec.Replicas || d.Status.Replicas != *d.Spec.Replicas ||
			d.Status.AvailableReplicas != *d.Spec.Replicas {
			return fmt.Errorf("status %+v", d.Status)
		}
		return nil
	})
}

func (s *services) pods(name string) []corev1.Pod {
	s.t.Helper()
	list, err := s.cloud.Resource(s.resource("Pod")).Namespace("red").List(s.t.Context(), metav1.ListOptions{LabelSelector: "app=" + name})
	must(s.t, "pods", err)
	all := make([]corev1.Pod, len(list.Items))
	for i, item := range list.Items {
		must(s.t, "pod", runtime.DefaultUnstructuredConverter.FromUnstructured(item.Object, &all[i]))
	}
	return all
}

// get asks a service, as the ingress does.
func (s *services) get(service, path string) (string, error) {
	m, err := s.plane.Mesh(dev.Name)
	if err != nil {
		return "", err
	}
	address, err := m.Pick("red", service, intstr.FromInt32(80))
	if err != nil {
		return "", err
	}
	return fetch("http://" + address + path)
}

func fetch(url string) (string, error) {
	resp, err := http.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		err = errors.Join(err, fmt.Errorf("%s: %s: %s", url, resp.Status, text))
	}
	return string(text), err
}

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
