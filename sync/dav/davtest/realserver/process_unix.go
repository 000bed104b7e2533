//go:build linux || darwin

package realserver

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const canGroup = true

// process is a server's process group, led by a shell that removes the folder
// and kills the group when the pipe on its standard input closes: when this
// program ends without having stopped the server.
type process struct {
	cmd   *exec.Cmd
	group int
	pipe  io.Closer
	done  chan struct{} // closed when the server has ended
}

// The shell catches TERM so that it outlives the server by a moment and reaps
// it; what it starts does not inherit that.
const guard = `trap : TERM
exec 3<&0
(cat <&3 >/dev/null; rm -rf "$0"; kill -9 -$$) &
"$@" 3<&- </dev/null`

func startProcess(dir string, env, command []string) (*process, error) {
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command("/bin/sh", append([]string{"-c", guard, dir}, command...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = append(append(os.Environ(), "HOME="+dir), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, group: cmd.Process.Pid, pipe: pipe, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// waitPort waits until a port takes connections.
func (p *process) waitPort(port int, limit time.Duration) error {
	end := time.Now().Add(limit)
	for {
		c, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			return c.Close()
		}
		select {
		case <-p.done:
			return fmt.Errorf("it ended at once")
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(end) {
			return fmt.Errorf("nothing on port %d after %v", port, limit)
		}
	}
}

func (p *process) stop(limit time.Duration) {
	_ = syscall.Kill(-p.group, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(limit):
	}
	p.kill() // workers that did not go with it
}

func (p *process) kill() {
	_ = syscall.Kill(-p.group, syscall.SIGKILL)
	<-p.done
	_ = p.pipe.Close()
}

// groupCPU adds up the processor time of a process group, from /proc; dead
// children count through those who waited for them.
func groupCPU(group int) time.Duration {
	const ticks = 100 // USER_HZ, on every Linux that Go supports
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	sum := 0
	for _, name := range stats {
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		_, rest, ok := strings.Cut(string(b), ") ")
		f := strings.Fields(rest)
		if !ok || len(f) < 15 || f[2] != strconv.Itoa(group) {
			continue
		}
		for _, v := range f[11:15] { // utime, stime, cutime, cstime
			n, _ := strconv.Atoi(v)
			sum += n
		}
	}
	return time.Duration(sum) * time.Second / ticks
}

// scratch gives the folder for temporary data: memory where there is a lot of
// it, because servers that sync every file are ten times faster there.
func scratch() string {
	const shm, enough = "/dev/shm", 2 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shm, &fs); err != nil || uint64(fs.Bavail)*uint64(fs.Bsize) < enough || os.Getenv("TMPDIR") != "" {
		return ""
	}
	return shm
}
