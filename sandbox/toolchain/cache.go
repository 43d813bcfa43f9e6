package toolchain

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"time"
)

// CacheDir is where built tools live: $XDG_CACHE_HOME/paddock, or ~/.cache/paddock.
func CacheDir() (string, error) {
	if dir := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "paddock"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("tool cache: %w", err)
	}
	return filepath.Join(home, ".cache", "paddock"), nil
}

// key hashes everything that a build of dir depends on: its files, the words of the recipe, the compiler and its settings.
func key(dir string, recipe ...string) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version(), runtime.GOOS, runtime.GOARCH, os.Getenv("GOFLAGS"), os.Getenv("CGO_ENABLED"))
	fmt.Fprintln(sum, strings.Join(recipe, "\n"))
	names, err := sources(dir)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		file, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintln(sum, name)
		_, err = io.Copy(sum, file)
		file.Close()
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
}

func sources(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() {
			names = append(names, e.Name())
		}
	}
	sort.Strings(names)
	return names, nil
}

// cached runs build into a fresh folder and moves it to its final name in one step, so that an interrupted build leaves
// nothing that looks finished. A folder that is there but not whole, which somebody has damaged, is built again.
func cached(final string, whole func() bool, build func(dir string) error) error {
	if whole() {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(final), sweep(filepath.Dir(final))); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(final), filepath.Base(final)+".partial-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(dir); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	if err := os.Rename(dir, final); err != nil {
		if whole() {
			return nil // another checkout was faster
		}
		return err
	}
	return nil
}

// partialAge is beyond any build.
const partialAge = 24 * time.Hour

// sweep removes what builds left that were killed.
func sweep(dir string) error {
	partial, err := filepath.Glob(filepath.Join(dir, "*.partial-*"))
	if err != nil {
		return err
	}
	for _, p := range partial {
		if info, err := os.Stat(p); err == nil && time.Since(info.ModTime()) > partialAge {
			if err := os.RemoveAll(p); err != nil {
				return err
			}
		}
	}
	return nil
}
