package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// staleLock tells whether the stack is locked by processes of this machine that are gone.
func (a *app) staleLock(p *pulumi) (bool, error) {
	files, err := a.lockFiles(p.project, p.stack)
	if err != nil || len(files) == 0 {
		return false, err
	}
	holder, err := a.lockHolder(p.project, p.stack)
	return holder == 0, err // of a living holder Pulumi itself will tell
}

// lockHolder is the id of a living Pulumi that has locked a stack; 0 = none. "*" asks for any project or stack.
func (a *app) lockHolder(project, stack string) (int, error) {
	files, err := a.lockFiles(project, stack)
	if err != nil {
		return 0, err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue // let go of meanwhile
		}
		if err != nil {
			return 0, err
		}
		var lock struct {
			PID int `json:"pid"`
		}
		if err := json.Unmarshal(text, &lock); err != nil {
			return 0, fmt.Errorf("lock %s: %w; remove it if no pulumi runs", file, err)
		}
		if isPulumi(lock.PID) {
			return lock.PID, nil
		}
	}
	return 0, nil
}

func (a *app) lockFiles(project, stack string) ([]string, error) {
	return filepath.Glob(a.path("state", ".pulumi", "locks", "organization", project, stack, "*.json"))
}

// isPulumi tells whether the process lives and, where /proc can say so, is a pulumi: ids are used again after a reboot.
func isPulumi(pid int) bool {
	if pid <= 0 || syscall.Kill(pid, 0) != nil {
		return false
	}
	name, err := os.ReadFile(proc(pid, "comm"))
	return err != nil || strings.TrimSpace(string(name)) == "pulumi"
}
