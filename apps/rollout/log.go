package rollout

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
)

// Log is the end of a container's log, of its present run or, if dead, of the one that ended. Without a log there are no lines: it
// is never what an explanation fails for.
func Log(ctx context.Context, client kubernetes.Interface, pod *corev1.Pod, name string, dead bool) []string {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	tail, most := int64(logLines), int64(64<<10)
	read := func(previous bool) string {
		text, err := client.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{
			Container: name, Previous: previous, TailLines: &tail, LimitBytes: &most,
		}).DoRaw(ctx)
		if err != nil {
			return ""
		}
		return strings.TrimSpace(string(text))
	}
	// Between two runs the log is that of the run that ended; within the next one, that is the previous one's.
	previous := dead && runs(pod, name)
	text := read(previous)
	if text == "" && dead { // the next run has begun, or ended, since the pod was looked at
		text = read(!previous)
	}
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	lines = lines[max(0, len(lines)-logLines):]
	for i := range lines {
		lines[i] = short(strings.TrimRight(lines[i], "\r"))
	}
	return lines
}

func runs(pod *corev1.Pod, name string) bool {
	for _, st := range statuses(pod) {
		if st.Name == name {
			return st.State.Running != nil
		}
	}
	return false
}
