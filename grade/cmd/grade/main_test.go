package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"paddock/grade/load"
	"paddock/grade/run"
	"paddock/grade/trace"
)

func grade(ctx context.Context, args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = execute(ctx, args, &o, &e)
	return code, o.String(), e.String()
}

func TestUsage(t *testing.T) {
	for line, want := range map[string]string{
		"fly":                           `unknown command "fly"`,
		"run extra":                     "unexpected",
		"run --nonsense":                "unknown flag",
		"run --profile square":          `profile "square"`,
		"run --setting odd":             "want one of",
		"run --seeds 0":                 "--seeds 0",
		"run --repeat 0":                "--repeat 0",
		"run --target moon":             "want sandbox or cluster",
		"run --target cluster":          "--image",
		"run --limit-percent 50":        "want 100 or more",
		"run --url http://x":            "--service",
		"run --path /x":                 "--service",
		"run --service shop":            "want NAMESPACE/NAME",
		"run --service a/b/c":           "want NAMESPACE/NAME",
		"run --service a/b":             `--path "": want the path`,
		"run --service a/b --path x":    "such as '/work?ms=20'",
		"run --service a/b --url x":     "want an address",
		"run --service a/b --image x":   "want one of them",
		"compare paddock":               "want two settings, got 1",
		"compare paddock paddock":       "are the same",
		"compare paddock no-headroom":   "are the same",
		"compare kubernetes defaults":   "are the same",
		"run --name a/b":                "part of a file's",
		"scale --pods 3":                "want 10 or more",
		"scale --rest 2000":             "fewer than --pods",
		"scale --target cluster":        "want sandbox",
		"scale --within 1ms":            "a second or more",
		"scale --limit-percent 50":      "100 or more",
		"report":                        "want a folder",
		"load":                          "--url is missing",
		"load --url http://x":           "want --rate",
		"load --url http://x --shard 3": "INDEX/OF",
		"calibrate":                     "--url is missing",
	} {
		code, out, errs := grade(t.Context(), strings.Fields(line)...)
		if code != exitUsage || !strings.Contains(errs, want) || !strings.Contains(errs, "--help") || out != "" {
			t.Errorf("grade %s: exit %d, %q, want %d and %q", line, code, errs, exitUsage, want)
		}
	}
}

func TestHelp(t *testing.T) {
	for _, args := range []string{"", "run", "compare", "scale", "report", "load", "serve", "calibrate", "clean"} {
		code, out, errs := grade(t.Context(), append(strings.Fields(args), "--help")...)
		if code != exitDone || !strings.Contains(out, "Usage:") || errs != "" {
			t.Errorf("grade %s --help: exit %d, %q, %q", args, code, out, errs)
		}
	}
}

func TestNoCluster(t *testing.T) {
	code, _, errs := grade(t.Context(), "run", "--kubeconfig", filepath.Join(t.TempDir(), "none"))
	if code != exitFailed || !strings.Contains(errs, "kubeconfig: ") {
		t.Errorf("exit %d, %q", code, errs)
	}
}

// sample is a run of two samples.
func sample(setting, partial string) *trace.Run {
	return &trace.Run{Schema: trace.Schema, Target: run.Sandbox, Setting: setting, Profile: "step", Seed: 1, Started: time.Unix(1, 0), Length: 2, Unit: "cores",
		Workload: trace.Workload{PodDemand: 0.15, PodLimit: 1, RequestMilli: 250, LimitMilli: 1000, RequestMi: 256, TargetPercent: 60, MinPods: 2, MaxPods: 40,
			Node: trace.Node{Type: "m5.large", CPUMilli: 1700, MemoryMi: 6000, Pods: 24, MinNodes: 2, MaxNodes: 6, Dollars: 0.096}},
		Samples: []trace.Sample{{At: 0, Demand: 0.6, Desired: 4, Ready: 4, Nodes: 2, NodesUp: 2}, {At: 1, Demand: 0.6, Desired: 4, Ready: 4, Nodes: 2, NodesUp: 2}},
		Partial: partial}
}

func TestReportOfFolders(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	for file, r := range map[string]*trace.Run{one + "/run-a-step-1.json": sample("a", ""), two + "/run-b-step-1.json": sample("b", "interrupted after 1 of 2 s")} {
		if err := run.Write(file, r); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errs := grade(t.Context(), "report", "--json", one, two)
	var report struct{ Groups []struct{ Name string } }
	if err := json.Unmarshal([]byte(out), &report); code != exitDone || err != nil || len(report.Groups) != 2 || report.Groups[1].Name != "b" {
		t.Fatalf("exit %d, %v, %+v, %s", code, err, report, errs)
	}
	if !strings.Contains(errs, "interrupted after 1 of 2 s") || !strings.Contains(errs, filepath.Join(one, "report.html")) {
		t.Errorf("%s", errs)
	}
	for _, file := range []string{"report.html", "report.json", "a-step-pods.svg"} {
		if info, err := os.Stat(filepath.Join(one, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", file, err)
		}
	}
	bad := sample("a", "")
	bad.Schema = 99
	if err := run.Write(one+"/run-z.json", bad); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := grade(t.Context(), "report", one); code != exitFailed || !strings.Contains(errs, "schema 99: want 1") {
		t.Errorf("exit %d, %q", code, errs)
	}
	if code, _, errs := grade(t.Context(), "report", t.TempDir()); code != exitFailed || !strings.Contains(errs, "no run-*.json") {
		t.Errorf("exit %d, %q", code, errs)
	}
}

func TestLoadCommand(t *testing.T) {
	s := httptest.NewServer(load.Handler(0))
	defer s.Close()
	code, out, errs := grade(t.Context(), "load", "--url", s.URL, "--rate", "50", "--length", "1s", "--shard", "1/2", "--json")
	var sum load.Tally
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var one load.Tally
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		sum.Add(one)
	}
	if code != exitDone || sum.Sent != 25 || sum.Failed != 0 || errs != "" {
		t.Errorf("exit %d, %+v, %q", code, sum, errs)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if code, out, _ := grade(ctx, "load", "--url", s.URL, "--rate", "50", "--length", "10s"); code != exitPartial || !strings.Contains(out, "p95") {
		t.Errorf("interrupted: exit %d, %q", code, out)
	}
}

func TestLocalCloudsAnswers(t *testing.T) {
	got, err := delays([]byte(`{"latency":"aws","bootDelay":"20s"}`))
	if err != nil || len(got) != 1 || got["node.boot"] != "20s" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := delays([]byte("the local cloud is not running")); err == nil {
		t.Error("words were taken for conditions")
	}
}
