package plane

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"

	"paddock/sandbox/pods"
)

// usagePath is where metrics-server asks for the usage of a node and its pods, by the annotation of the node.
const usagePath = "GET /metrics/nodes/{node}/metrics/resource"

// measured is KWOK's answer with what the processes of the node's pods really use.
func measured(kwok *httputil.ReverseProxy, run *pods.Runner) http.Handler {
	proxy := *kwok
	proxy.Rewrite = func(r *httputil.ProxyRequest) {
		kwok.Rewrite(r)
		r.Out.Header.Del("Accept-Encoding") // it is to be read here
	}
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.StatusCode != http.StatusOK {
			return nil
		}
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		if err := r.Body.Close(); err != nil {
			return err
		}
		usage, spent := run.Usage(r.Request.Context().Value(nodeKey{}).(string))
		text := withUsage(raw, usage, spent)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		r.Header.Set("Content-Length", strconv.Itoa(len(text)))
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		proxy.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), nodeKey{}, r.PathValue("node"))))
	})
}

// nodeKey is where a request carries the node that it asks for.
type nodeKey struct{}

// withUsage puts what is measured in the place of what KWOK makes up for these pods. A node's own figures are KWOK's, of the pods
// that it plays, and these.
func withUsage(text []byte, usage []pods.Usage, spent time.Duration) []byte {
	of := map[string]pods.Usage{}
	cpu, memory := spent, int64(0)
	for _, u := range usage {
		of[u.Namespace+"/"+u.Pod] = u
		cpu, memory = cpu+u.CPU, memory+u.Memory
	}
	var out bytes.Buffer
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, "{")
		name, value, _ := strings.Cut(name, " ")
		switch u, ours := of[label(line, "namespace")+"/"+label(line, "pod")]; {
		case strings.HasPrefix(line, "#"):
		case name == "node_cpu_usage_seconds_total":
			line = fmt.Sprintf("%s %g\n", name, number(value)+cpu.Seconds())
		case name == "node_memory_working_set_bytes":
			line = fmt.Sprintf("%s %g\n", name, number(value)+float64(memory))
		case ours && containerValue(name, u) != "":
			continue
		}
		out.WriteString(line)
	}
	for _, u := range usage {
		for _, name := range []string{"container_start_time_seconds", "container_cpu_usage_seconds_total", "container_memory_working_set_bytes"} {
			fmt.Fprintf(&out, "%s{container=%q,namespace=%q,pod=%q} %s\n", name, u.Container, u.Namespace, u.Pod, containerValue(name, u))
		}
		for _, name := range []string{"pod_cpu_usage_seconds_total", "pod_memory_working_set_bytes"} {
			fmt.Fprintf(&out, "%s{namespace=%q,pod=%q} %s\n", name, u.Namespace, u.Pod, containerValue(name, u))
		}
	}
	return out.Bytes()
}

// containerValue is a figure of a pod, or of its one container; empty = the metric is not one that is measured.
func containerValue(name string, u pods.Usage) string {
	switch name {
	case "container_start_time_seconds":
		return fmt.Sprintf("%.3f", float64(u.Started.UnixMilli())/1000)
	case "container_cpu_usage_seconds_total", "pod_cpu_usage_seconds_total":
		return fmt.Sprintf("%g", u.CPU.Seconds())
	case "container_memory_working_set_bytes", "pod_memory_working_set_bytes":
		return strconv.FormatInt(u.Memory, 10)
	}
	return ""
}

// label is the value of one of a line's; names of Kubernetes hold nothing that would be escaped.
func label(line, name string) string {
	for _, before := range []string{"{", ","} {
		if _, rest, found := strings.Cut(line, before+name+`="`); found {
			value, _, _ := strings.Cut(rest, `"`)
			return value
		}
	}
	return ""
}

func number(text string) float64 {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return 0
	}
	return n
}
