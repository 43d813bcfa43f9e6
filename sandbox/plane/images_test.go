package plane_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"text/template"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
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
	address, err := m.Pick(netip.MustParseAddr("10.0.0.7"), "red", service, intstr.FromInt32(80))
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
