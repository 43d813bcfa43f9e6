package servicefile_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"paddock/components/testkit"
	"paddock/config"
	"paddock/servicefile"
)

func load(t *testing.T, text string) servicefile.File {
	t.Helper()
	f, err := servicefile.Load("service.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestGoodFiles(t *testing.T) {
	files, _ := filepath.Glob("testdata/good/*.yaml")
	if len(files) < 4 {
		t.Fatalf("%d good files", len(files))
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f := load(t, string(raw))
		testkit.Golden(t, "good/"+strings.TrimSuffix(filepath.Base(file), ".yaml")+".json", f)
		// Whoever gets the file, defaults and all, may judge it again.
		if err := f.Validate(); err != nil {
			t.Errorf("%s: filled in, it is refused: %v", file, err)
		}
	}
}

func TestDefaults(t *testing.T) {
	f := load(t, good)
	for what, pair := range map[string][2]any{
		"namespace": {f.Namespace, "red"},
		"health":    {f.Health, servicefile.Health{Ready: "/healthz", Live: "/healthz", StartSeconds: 30}},
		"replicas":  {f.Replicas, servicefile.Replicas{Min: 2, Max: 2}},
		"smoke":     {f.Smoke, servicefile.Smoke{Path: "/healthz", Status: 200}},
		"stop":      {f.StopSeconds, 30},
		"exposed":   {f.Exposed(), false},
		"keeps":     {f.Keeps(), false},
		"scales":    {f.Scales(), false},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("%s = %v, want %v", what, pair[0], pair[1])
		}
	}
}

func TestReplicas(t *testing.T) {
	const volume = "volume: {path: /data, size: 1Gi}\n"
	for text, want := range map[string]servicefile.Replicas{
		"":                      {Min: 2, Max: 2},
		"replicas: {max: 10}\n": {Min: 2, Max: 10, CPUPercent: 60},
		"replicas: {max: 1}\n":  {Min: 1, Max: 1},
		"replicas: {min: 3}\n":  {Min: 3, Max: 3},
		"replicas: {min: 3, max: 9, cpuPercent: 50}\n": {Min: 3, Max: 9, CPUPercent: 50},
		volume: {Min: 1, Max: 1},
	} {
		if got := load(t, good+text).Replicas; got != want {
			t.Errorf("%q: %+v, want %+v", text, got, want)
		}
	}
}

func TestHPAIsTheRecommendationWithTheFilesNumbers(t *testing.T) {
	h := load(t, good+"replicas: {min: 3, max: 10, cpuPercent: 50}\n").HPA()
	if h.TargetPercent != 50 || h.MinReplicas != 3 || h.LimitToRequest != 4 || h.Reach() != 8 || len(h.Up.Policies) == 0 {
		t.Errorf("%+v, reach %g", h, h.Reach())
	}
}

func TestPeers(t *testing.T) {
	f := load(t, good+`calls: [cart, blue/api, "internet:443", "10.20.0.0/16:5432"]`+"\ncallers: [blue/web]\n")
	var got []string
	for _, p := range append(f.Callees(), f.Allowed()...) {
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(raw))
	}
	testkit.Golden(t, "peers.json", got)
}

func TestFullHost(t *testing.T) {
	for host, want := range map[string]string{"shop": "shop.example.com", "shop.other.org": "shop.other.org"} {
		if got := (servicefile.Expose{Host: host}).FullHost("example.com"); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}

// A file with faults of all kinds tells them all, in the order of its lines.
func TestAllFaultsAtOnce(t *testing.T) {
	_, err := servicefile.Load("apps/frontend/service.yaml", []byte(`name: Frontend
team: frontend
health: {ready: healthz}
port: "8080"
memory:
  request: 128Mi
  limit: 64Mi
cpu:
  request: 100m
  limit: 50m
env:
  TOKEN: abc
  TOKEN: def
replica: 2
`))
	const at = "apps/frontend/service.yaml:"
	want := at + `1: name: Frontend: want a name of 1 to 45 lower-case letters, digits and inner hyphens, first a letter
` + at + `3: health.ready: healthz: want a path such as /healthz
` + at + `4: port: "8080": want a whole number
` + at + `7: memory.limit: 64Mi: want at least the request, 128Mi
` + at + `10: cpu.limit: 50m: want at least the request, 100m
` + at + `13: env.TOKEN: given twice: it stands in line 12, too
` + at + `14: replica: unknown key: want one of ` + topKeys + `; did you mean replicas?`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestValidateOfAFileMadeInGo(t *testing.T) {
	err := servicefile.File{Name: "shop", Team: "red"}.Validate()
	var faults config.Faults
	if !errors.As(err, &faults) || len(faults) != 4 || faults[0].Path != "cpu" {
		t.Errorf("got %v, want cpu, health, memory and port missing", err)
	}
}

func FuzzLoad(f *testing.F) {
	for _, table := range []map[string]bad{badFiles, badValues} {
		for _, tc := range table {
			f.Add([]byte(tc.file()))
		}
	}
	files, _ := filepath.Glob("testdata/good/*.yaml")
	for _, file := range files {
		if raw, err := os.ReadFile(file); err == nil {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := servicefile.Load("service.yaml", raw)
		if err != nil {
			var faults servicefile.Faults
			if !errors.As(err, &faults) || err.Error() == "" {
				t.Errorf("error %T: %v", err, err)
			}
			for _, fault := range faults {
				if fault.Line < 1 || fault.Rule == "" {
					t.Errorf("fault %+v", fault)
				}
			}
			return
		}
		if err := file.Validate(); err != nil {
			t.Errorf("loaded, then refused: %v", err)
		}
	})
}
