package daemon

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
)

// Build tells one build of this program from another, so that a command notices a daemon that an older one started.
var Build = sync.OnceValues(func() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("own build: %w", err)
	}
	file, err := os.Open(self)
	if err != nil {
		return "", fmt.Errorf("own build: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("own build: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:16], nil
})
