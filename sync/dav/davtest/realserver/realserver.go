// Package realserver starts the CardDAV and CalDAV servers that Debian has,
// for tests and benchmarks: Radicale, Xandikos and Cyrus IMAP. Each runs on
// free loopback ports with everything it keeps in a temporary folder (in memory
// where /dev/shm has room and TMPDIR is not set), for one user, and is gone when the test ends, however it ends: the processes are a
// group of their own that is killed when its owner closes a pipe or dies.
//
// Cyrus can be started by root only, because its master process hands its
// services to the user "cyrus".
package realserver

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"sidekeep/sync/pim"
)

// Kind names a server.
type Kind string

// The servers.
const (
	Radicale Kind = "radicale"
	Xandikos Kind = "xandikos"
	Cyrus    Kind = "cyrus"
)

// Kinds lists the servers.
func Kinds() []Kind { return []Kind{Radicale, Xandikos, Cyrus} }

// TB is what Start needs of a test.
type TB interface {
	Helper()
	Cleanup(func())
	Failed() bool
	Logf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Server is a running server with one user.
type Server struct {
	Kind     Kind
	URL      string // root, without a trailing slash
	User     string
	Password string

	dir   string
	port  int // where URL points
	inner int // Xandikos: behind the proxy; Cyrus: IMAP
	proc  *process
	front *front
}

// Available says why a server can't be started here, or nil.
func Available(kind Kind) error {
	need := map[Kind][]string{
		Radicale: {"radicale"},
		Xandikos: {"xandikos"},
		Cyrus:    {cyrusBin + "master", cyrusBin + "httpd", cyrusBin + "imapd", "saslpasswd2"},
	}[kind]
	if need == nil {
		return fmt.Errorf("no server is called %q", kind)
	}
	if !canGroup {
		return errors.New("process groups are needed to start servers, and this system has none")
	}
	for _, program := range need {
		if _, err := lookPath(program); err != nil {
			return fmt.Errorf("%s is not installed: %w", kind, err)
		}
	}
	if kind == Cyrus {
		if os.Getuid() != 0 {
			return errors.New("cyrus can be started by root only")
		}
		if _, err := user.Lookup("cyrus"); err != nil {
			return fmt.Errorf("cyrus needs a user of that name: %w", err)
		}
	}
	return nil
}

// lookPath finds a program, also in the folders that only root has in its path.
func lookPath(program string) (string, error) {
	if p, err := exec.LookPath(program); err == nil {
		return p, nil
	}
	return exec.LookPath(filepath.Join("/usr/sbin", program))
}

// Start runs a server until the test ends. Where the server can't be had the
// test is skipped with the reason, and fails if CI is set in the environment.
func Start(tb TB, kind Kind) *Server {
	tb.Helper()
	if err := Available(kind); err != nil {
		if os.Getenv("CI") != "" {
			tb.Fatalf("realserver: %v", err)
		}
		tb.Skipf("realserver: %v", err)
	}
	s, err := Open(kind)
	if err != nil {
		tb.Fatalf("realserver: %v", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("last lines of %s:\n%s", kind, s.Log(20))
		}
		s.Close()
	})
	return s
}

// Open is Start without a test: the caller closes the server.
func Open(kind Kind) (*Server, error) {
	if err := Available(kind); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(scratch(), "realserver-"+string(kind)+"-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the user cyrus has to get in
		return nil, err
	}
	s := &Server{Kind: kind, User: "user", Password: "secret", dir: dir}
	// A port that was free a moment ago may be taken by now: try others.
	for range 5 {
		if err = s.choosePorts(); err == nil {
			err = s.run(true)
		}
		if err == nil {
			return s, nil
		}
		s.Kill()
	}
	err = fmt.Errorf("%s does not start: %w\n%s", kind, err, s.Log(10))
	s.Close()
	return nil, err
}

func (s *Server) choosePorts() error {
	// Both are held at the same time, so that they differ.
	a, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer a.Close()
	b, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer b.Close()
	s.port, s.inner = a.Addr().(*net.TCPAddr).Port, b.Addr().(*net.TCPAddr).Port
	s.URL = fmt.Sprintf("http://127.0.0.1:%d", s.port)
	return nil
}

// run starts what there is to start and waits until it answers.
func (s *Server) run(fresh bool) error {
	var command []string
	var env []string
	var err error
	wait := []int{s.port}
	switch s.Kind {
	case Radicale:
		command, err = s.radicale()
	case Xandikos:
		command, env, err = s.xandikos()
		wait = []int{s.inner}
	case Cyrus:
		command, err = s.cyrus(fresh)
		wait = []int{s.port, s.inner}
	}
	if err != nil {
		return err
	}
	if s.proc, err = startProcess(s.dir, env, command); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	for _, port := range wait {
		if err := s.proc.waitPort(port, time.Minute); err != nil {
			return err
		}
	}
	switch s.Kind {
	case Xandikos:
		s.front, err = newFront(s.port, s.inner, s.User, s.Password)
	case Cyrus:
		err = s.makeInbox(s.User)
	}
	return err
}

// Stop ends the server as its administrator would. Its data stays.
func (s *Server) Stop() {
	if s.front != nil {
		s.front.close()
		s.front = nil
	}
	if s.proc != nil {
		s.proc.stop(10 * time.Second)
		s.proc = nil
		s.waitFree()
	}
}

// Kill ends the server as a power cut would. Its data stays.
func (s *Server) Kill() {
	if s.front != nil {
		s.front.close()
		s.front = nil
	}
	if s.proc != nil {
		s.proc.kill()
		s.proc = nil
		s.waitFree()
	}
}

// waitFree waits until no process holds the ports any more: a killed one may
// take a moment to die, and would be taken for its successor.
func (s *Server) waitFree() {
	for _, port := range []int{s.port, s.inner} {
		for range 200 {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			if err == nil {
				_ = l.Close()
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
}

// Restart stops the server if it runs, and starts it on the same port and data.
func (s *Server) Restart() error {
	s.Stop()
	return s.run(false)
}

// Close stops the server and removes everything it kept.
func (s *Server) Close() {
	s.Stop()
	_ = os.RemoveAll(s.dir)
}

// CPU is the processor time that the server's processes have used so far, for
// the floor of benchmarks; 0 where it can't be known.
func (s *Server) CPU() time.Duration {
	if s.proc == nil {
		return 0
	}
	return groupCPU(s.proc.group)
}

// Log gives the last lines that the server wrote.
func (s *Server) Log(lines int) string {
	b, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	all := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// Home is the path where collections of a kind live, with a slash at its end.
func (s *Server) Home(kind pim.Kind) string {
	cal := kind == pim.Calendar
	switch {
	case s.Kind == Xandikos && cal:
		return "/" + s.User + "/calendars/"
	case s.Kind == Xandikos:
		return "/" + s.User + "/contacts/"
	case s.Kind == Cyrus && cal:
		return "/dav/calendars/user/" + s.User + "/"
	case s.Kind == Cyrus:
		return "/dav/addressbooks/user/" + s.User + "/"
	}
	return "/" + s.User + "/"
}
