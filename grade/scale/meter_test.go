package scale_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"paddock/grade/scale"
)

// proc is a machine of two cores with one program, as /proc tells it.
type proc string

func (p proc) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(string(p), name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// at has so many ticks spent: by the program, by all, and by nobody.
func (p proc) at(t *testing.T, own, busy, idle, pages, freeKi int) {
	t.Helper()
	p.write(t, "stat", fmt.Sprintf("cpu  %d 0 0 %d 0 0 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\ncpu1 1 0 0 1 0 0 0 0 0 0\nintr 1\n", busy, idle))
	p.write(t, "meminfo", fmt.Sprintf("MemTotal: 9 kB\nMemFree: 1 kB\nMemAvailable:   %d kB\n", freeKi))
	p.write(t, "7/stat", fmt.Sprintf("7 (a (b) c) S 1 7 7 0 -1 4194560 1 0 0 0 %d %d 0 0 20 0 1 0 1 1 1", own, 0))
	p.write(t, "7/statm", fmt.Sprintf("9999 %d 0 0 0 0 0", pages))
}

func TestMeter(t *testing.T) {
	p := proc(t.TempDir())
	m := &scale.Meter{Proc: string(p), List: []scale.Process{{Name: "gone", PID: 8}, {Name: "a", PID: 7}}}
	start := time.Now()
	mi := (1 << 20) / os.Getpagesize()
	for i, own := range []int{0, 50, 200, 210} { // 0.5, 1.5 and 0.1 cores
		p.at(t, own, 150*i, 50*i, (10+i)*mi, 4096-1024*i)
		m.Read(start.Add(time.Duration(i) * time.Second))
	}
	list, machine := m.Between(start, start.Add(2*time.Second))
	if len(list) != 1 || list[0] != (scale.Usage{Name: "a", PeakMi: 12, Cores: 1, PeakCores: 1.5}) {
		t.Errorf("%+v", list)
	}
	if machine != (scale.Machine{Cores: 2, Busy: 0.75, Others: 0.5, FreeMi: 2}) {
		t.Errorf("%+v", machine)
	}
	if list, machine = m.Between(start.Add(time.Hour), start.Add(2*time.Hour)); list != nil || machine.Cores != 0 {
		t.Errorf("%+v, %+v", list, machine)
	}
}
