package scale

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Process is a program that is watched.
type Process struct {
	Name string
	PID  int
}

// Usage is what a program took of the machine.
type Usage struct {
	Name      string  `json:"name"`
	PeakMi    float64 `json:"peakMi"`    // resident memory, MiB
	Cores     float64 `json:"cores"`     // mean
	PeakCores float64 `json:"peakCores"` // of the busiest second
}

// Machine is what was left of it.
type Machine struct {
	Cores  int     `json:"cores"`
	Busy   float64 `json:"busy"`   // mean share of all cores, from 0 to 1
	Others float64 `json:"others"` // mean cores that programs took that are not of the list
	FreeMi float64 `json:"freeMi"` // least memory that was to be had, MiB; 0 = unknown
}

// Meter reads every second what programs and the machine have used. It knows Linux's /proc alone.
type Meter struct {
	Proc string // where that is; "" = /proc
	List []Process

	mu    sync.Mutex
	looks []look
}

// look is what was read at one moment.
type look struct {
	at        time.Time
	busy, all float64 // ticks of all cores
	cores     int
	freeMi    float64
	memory    map[Process]float64 // MiB
	ticks     map[Process]float64
}

const (
	meterEvery = time.Second
	tick       = 100 // of a second, on every Linux that Go runs on
)

// Run reads until ctx ends.
func (m *Meter) Run(ctx context.Context) {
	every := time.NewTicker(meterEvery)
	defer every.Stop()
	for {
		m.Read(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
	}
}

// Read takes one look. What cannot be read is left out.
func (m *Meter) Read(now time.Time) {
	l := look{at: now, memory: map[Process]float64{}, ticks: map[Process]float64{}}
	l.busy, l.all, l.cores = machine(m.text("stat"))
	l.freeMi = available(m.text("meminfo"))
	for _, p := range m.List {
		if ticks, ok := spent(m.text(strconv.Itoa(p.PID), "stat")); ok {
			l.ticks[p] = ticks
			l.memory[p] = resident(m.text(strconv.Itoa(p.PID), "statm"))
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.looks = append(m.looks, l)
}

func (m *Meter) text(path ...string) string {
	root := m.Proc
	if root == "" {
		root = "/proc"
	}
	text, _ := os.ReadFile(filepath.Join(append([]string{root}, path...)...)) // a program that has ended has none
	return string(bytes.TrimSpace(text))
}

// machine adds up the first line of /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal.
func machine(stat string) (busy, all float64, cores int) {
	for i, line := range strings.Split(stat, "\n") {
		fields := strings.Fields(line)
		switch {
		case len(fields) > 8 && i == 0:
			for j, field := range fields[1:9] {
				n, _ := strconv.ParseFloat(field, 64)
				all += n
				if j != 3 && j != 4 {
					busy += n
				}
			}
		case len(fields) > 0 && i > 0 && strings.HasPrefix(fields[0], "cpu"):
			cores++
		}
	}
	return busy, all, cores
}

func available(meminfo string) float64 {
	for line := range strings.Lines(meminfo) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "MemAvailable: %f kB", &kib); n == 1 {
			return kib / 1024
		}
	}
	return 0
}

// spent is user and system time of /proc/<pid>/stat, in ticks. The program's name, in brackets, may hold blanks.
func spent(stat string) (float64, bool) {
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 13 {
		return 0, false
	}
	user, err := strconv.ParseFloat(fields[11], 64)
	system, err2 := strconv.ParseFloat(fields[12], 64)
	return user + system, err == nil && err2 == nil
}

// resident is the second number of /proc/<pid>/statm, in MiB.
func resident(statm string) float64 {
	fields := strings.Fields(statm)
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseFloat(fields[1], 64)
	return pages * float64(os.Getpagesize()) / (1 << 20)
}
