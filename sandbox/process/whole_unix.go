//go:build unix

package process

import (
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
)

// keep is a shell's: it remembers the groups that run, and ends them when whoever writes to it is gone. The kernel ends a child with
// us (Pdeathsig), but not what that child has started.
const keep = `groups=" "
while read -r what group; do
	case $what in
	+) groups="$groups$group " ;;
	-) groups="${groups%% $group *} ${groups#* $group }" ;;
	esac
done
for group in $groups; do kill -s KILL -- "-$group"; done`

// keeper is the one that runs; it outlives us by a moment.
var keeper = sync.OnceValues(func() (io.Writer, error) {
	cmd := exec.Command("/bin/sh", "-c", keep)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is not for it
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return in, cmd.Start()
})

// hold has the keeper end a group with us, however we end.
func hold(group int) error {
	k, err := keeper()
	if err != nil {
		return fmt.Errorf("who ends processes when we are killed: %w", err)
	}
	_, err = fmt.Fprintln(k, "+", group) // one write of a few bytes is never mixed with another
	return err
}

// release tells the keeper that a group has ended.
func release(group int) {
	if k, err := keeper(); err == nil {
		_, _ = fmt.Fprintln(k, "-", group) // one that does not hear ends with us
	}
}
