package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Usage is what a process group has used of the machine.
type Usage struct {
	CPU time.Duration // of all that belong to it now, and of children that they have waited for
	RSS int64         // resident memory, bytes; what processes share counts in each
}

// tick is the unit of times in /proc/<pid>/stat: USER_HZ, which is 100 on every architecture that Go knows.
const tick = 10 * time.Millisecond

// Groups reads the usage of all process groups of the machine, by the pid of their leaders. Without /proc there are none.
func Groups() map[int]Usage {
	groups := map[int]Usage{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return groups
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it has ended
		}
		group, used, ok := parseStat(raw)
		if !ok {
			continue
		}
		sum := groups[group]
		groups[group] = Usage{CPU: sum.CPU + used.CPU, RSS: sum.RSS + used.RSS}
	}
	return groups
}

// Fields of /proc/<pid>/stat, counted from the one behind the program's name in brackets, which may hold anything.
const (
	statGroup = 2  // pgrp
	statTimes = 11 // utime, stime, cutime, cstime
	statRSS   = 21 // pages
)

func parseStat(raw []byte) (group int, used Usage, ok bool) {
	_, rest, found := cutLast(raw, ") ")
	fields := bytes.Fields(rest)
	if !found || len(fields) <= statRSS {
		return 0, Usage{}, false
	}
	number := func(i int) int64 {
		n, err := strconv.ParseInt(string(fields[i]), 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	for i := range 4 {
		used.CPU += time.Duration(number(statTimes+i)) * tick
	}
	used.RSS = number(statRSS) * int64(os.Getpagesize())
	return int(number(statGroup)), used, true
}

func cutLast(s []byte, sep string) (before, after []byte, found bool) {
	i := bytes.LastIndex(s, []byte(sep))
	if i < 0 {
		return s, nil, false
	}
	return s[:i], s[i+len(sep):], true
}
