package desktop

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"sidekeep/sync/pim"
)

// A message over the socket and its answer; anything else is not ours.
const (
	wordShow = "sidekeep show"
	wordDone = "sidekeep shown"
	ioLimit  = 3 * time.Second
)

// Instance is the one window of a vault. It holds a lock on a file in the
// vault's folder, which the system gives back even after kill -9, and listens
// for later starts that want the window shown.
type Instance struct {
	lock  *flock.Flock
	ln    net.Listener
	addr  string // file that says where to connect
	token string // "" for a Unix socket, which its permissions protect
	wg    sync.WaitGroup
}

// Claim makes this process the one window of the vault in dir. When another
// process has it already, that one is asked to show its window, and Claim
// gives nil without an error.
func Claim(dir string) (*Instance, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &pim.Error{Fault: pim.Storage, Op: "make", Where: dir, Err: err}
	}
	in := &Instance{lock: flock.New(filepath.Join(dir, "window.lock")), addr: filepath.Join(dir, "window.addr")}
	// The other one may be on its way in or out: try both sides a few times.
	var told error
	for range 20 {
		got, err := in.lock.TryLock()
		if err != nil {
			return nil, &pim.Error{Fault: pim.Storage, Op: "lock", Where: in.lock.Path(), Err: err}
		}
		if got {
			if err := in.listen(dir); err != nil {
				_ = in.lock.Unlock()
				return nil, &pim.Error{Fault: pim.Storage, Op: "listen for later starts", Where: in.addr, Err: err}
			}
			return in, nil
		}
		if told = tell(in.addr); told == nil {
			return nil, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil, &pim.Error{Fault: pim.Busy, Op: "show the window that is open already", Where: dir, Reason: "window", Err: told,
		Hint: "quit the other Sidekeep and start it again"}
}

// Serve calls show for every later start, until ctx ends or Close. It returns
// at once; Close waits for it.
func (in *Instance) Serve(ctx context.Context, show func()) {
	stop := context.AfterFunc(ctx, func() { _ = in.ln.Close() })
	in.wg.Add(1)
	go func() {
		defer in.wg.Done()
		defer stop()
		for {
			c, err := in.ln.Accept()
			if err != nil {
				return
			}
			in.answer(c, show)
		}
	}()
}

// answer takes one message.
func (in *Instance) answer(c net.Conn, show func()) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(ioLimit))
	line, err := bufio.NewReaderSize(c, 256).ReadString('\n')
	if err != nil || strings.TrimSpace(line) != strings.TrimSpace(wordShow+" "+in.token) {
		return
	}
	show()
	_, _ = fmt.Fprintln(c, wordDone)
}

// Close stops listening and gives the lock back.
func (in *Instance) Close() error {
	err := in.ln.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	in.wg.Wait()
	return errors.Join(err, os.Remove(in.addr), in.lock.Unlock())
}

// listen opens a Unix socket, or on Windows a loopback port with a token, and
// writes down where it is. Only the holder of the lock comes here, so what a
// killed process left behind may go.
func (in *Instance) listen(dir string) (err error) {
	where := ""
	if runtime.GOOS == "windows" {
		if in.ln, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
		in.token = rand.Text()
		where = in.ln.Addr().String() + " " + in.token
	} else {
		where = socketPath(dir)
		_ = os.Remove(where)
		if in.ln, err = net.Listen("unix", where); err != nil {
			return err
		}
		if err := os.Chmod(where, 0o600); err != nil {
			_ = in.ln.Close()
			return err
		}
	}
	if err := os.WriteFile(in.addr, []byte(where+"\n"), 0o600); err != nil {
		_ = in.ln.Close()
		return err
	}
	return nil
}

// socketPath is in the runtime folder, or in the vault's where there is none.
// The names of sockets are short (108 bytes on Linux, 104 on macOS), so the
// vault is in it as a hash.
func socketPath(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	sum := sha256.Sum256([]byte(dir))
	name := "sidekeep-" + hex.EncodeToString(sum[:6]) + ".sock"
	if run := os.Getenv("XDG_RUNTIME_DIR"); run != "" {
		if fi, err := os.Stat(run); err == nil && fi.IsDir() && len(run)+len(name) < 100 {
			return filepath.Join(run, name)
		}
	}
	if p := filepath.Join(dir, "window.sock"); len(p) < 100 {
		return p
	}
	return filepath.Join(os.TempDir(), name)
}

// tell asks the window that wrote addr to show itself.
func tell(addr string) error {
	b, err := os.ReadFile(addr)
	if err != nil {
		return err
	}
	network, where, token := "unix", strings.TrimSpace(string(b)), ""
	if host, t, ok := strings.Cut(where, " "); ok && runtime.GOOS == "windows" {
		network, where, token = "tcp", host, t
	}
	c, err := net.DialTimeout(network, where, ioLimit)
	if err != nil {
		return err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(ioLimit))
	if _, err := fmt.Fprintln(c, strings.TrimSpace(wordShow+" "+token)); err != nil {
		return err
	}
	line, err := bufio.NewReaderSize(c, 256).ReadString('\n')
	if err != nil {
		return err
	}
	if strings.TrimSpace(line) != wordDone {
		return errors.New("the other program is not Sidekeep")
	}
	return nil
}
