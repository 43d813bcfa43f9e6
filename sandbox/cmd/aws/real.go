package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// handed marks what one sandbox's aws has handed on.
const handed = "PADDOCK_AWS_HANDED_ON"

// handOn becomes the AWS CLI that is next on PATH, pointed at the local cloud. It returns only if there is none.
func handOn(args []string) error {
	real, err := nextOnPath()
	if err != nil {
		return err
	}
	if os.Getenv(handed) != "" { // by another sandbox's aws, which found this one
		return errors.New("PATH leads from one sandbox's aws to another's and to no AWS CLI")
	}
	if at := os.Getenv("AWS_ENDPOINT_URL"); at != "" { // versions before 2.13 do not read it
		args = append([]string{"--endpoint-url", at}, args...)
	}
	if err := syscall.Exec(real, append([]string{real}, args...), append(os.Environ(), handed+"=1")); err != nil {
		return fmt.Errorf("%s: %w", real, err)
	}
	return nil
}

// nextOnPath finds the first aws on PATH that is not this program.
func nextOnPath() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	own, err := os.Stat(self)
	if err != nil {
		return "", err
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		file := filepath.Join(dir, "aws")
		info, err := os.Stat(file)
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 || os.SameFile(info, own) {
			continue
		}
		return file, nil
	}
	return "", fmt.Errorf("%q needs the AWS CLI, and PATH has none (Debian: apt-get install awscli); see `aws help`", strings.Join(os.Args[1:], " "))
}
