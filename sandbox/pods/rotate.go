package pods

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// A log is looked at so often, and set aside from this size on, as package process does with those of its own: a kubelet keeps the
// present file and some before it, too, and shows the present one.
const (
	maxLog     = 16 << 20
	weighEvery = 5 * time.Second
)

func aside(log string) string { return log + ".1" }

// setAside copies a log that is larger than most, and empties it: whoever writes has it open, at its end. What is written in the
// moment between is lost.
func setAside(log string, most int64) (err error) {
	info, err := os.Stat(log)
	if err != nil || info.Size() <= most {
		return err
	}
	from, err := os.Open(log)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(aside(log))
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Close()); err != nil {
		return fmt.Errorf("set %s aside: %w", log, err)
	}
	return os.Truncate(log, 0)
}
