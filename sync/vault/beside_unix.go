//go:build unix

package vault

import (
	"io"
	"os"
	"sync"
	"syscall"
)

// A process that closes any descriptor of a file gives up all locks that it has on
// it (fcntl(2), POSIX advisory locks; https://sqlite.org/howtocorrupt.html section
// 2.2). Where Sidekeep reads the file of a vault beside SQLite and closed it while
// SQLite has it open, another process would take itself for the last one, bring the
// WAL into the file and remove it: what is written here from then on would go to a
// WAL that nobody finds. So a descriptor is kept, to be used again, until the
// process has no vault open on that file.
var beside struct {
	mu    sync.Mutex
	files map[fileID]*besideFile
}

type fileID struct{ device, inode uint64 }

type besideFile struct {
	vaults int        // that are open on it
	idle   []*os.File // not in use, and not to be closed yet
}

func idOf(info os.FileInfo) (fileID, bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, false
	}
	return fileID{uint64(s.Dev), uint64(s.Ino)}, true // their types differ between systems
}

// keepLocks says that SQLite opens a file, before it does. The function that it
// gives says that all of its connections are closed.
func keepLocks(path string) (done func()) {
	info, err := os.Stat(path)
	if err != nil {
		return func() {} // SQLite will say so too
	}
	id, ok := idOf(info)
	if !ok {
		return func() {}
	}
	beside.mu.Lock()
	defer beside.mu.Unlock()
	f := beside.files[id]
	if f == nil {
		if beside.files == nil {
			beside.files = map[fileID]*besideFile{}
		}
		f = &besideFile{}
		beside.files[id] = f
	}
	f.vaults++
	return sync.OnceFunc(func() {
		beside.mu.Lock()
		defer beside.mu.Unlock()
		if f.vaults--; f.vaults > 0 {
			return
		}
		for _, idle := range f.idle {
			_ = idle.Close() // it was only read
		}
		delete(beside.files, id)
	})
}

// openBeside opens the file of a vault for reading, also while SQLite has it open.
// It is closed by the function that comes with it, and by nothing else.
func openBeside(path string) (f *os.File, done func(), err error) {
	beside.mu.Lock()
	defer beside.mu.Unlock()
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	id, known := idOf(info)
	if b := beside.files[id]; known && b != nil && len(b.idle) > 0 {
		last := len(b.idle) - 1
		f, b.idle = b.idle[last], b.idle[:last]
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			b.idle = append(b.idle, f)
			return nil, nil, err
		}
		return f, doneBeside(f, id), nil
	}
	if f, err = os.Open(path); err != nil {
		return nil, nil, err
	}
	if info, err := f.Stat(); err == nil { // it may be another by now
		id, _ = idOf(info)
	}
	return f, doneBeside(f, id), nil
}

func doneBeside(f *os.File, id fileID) func() {
	return sync.OnceFunc(func() {
		beside.mu.Lock()
		defer beside.mu.Unlock()
		if b := beside.files[id]; b != nil {
			b.idle = append(b.idle, f)
			return
		}
		_ = f.Close()
	})
}
