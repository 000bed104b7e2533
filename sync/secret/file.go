package secret

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"sidekeep/sync/pim"
)

// FileName is the file store's file, in the vault's folder.
const FileName = "secrets.json"

const fileNote = "These passwords are NOT encrypted. Whoever can read this file can use them. " +
	"Sidekeep made it because it was asked to (--secrets file)."

// fileStore keeps passwords in one JSON file, mode 0600, replaced as a whole.
type fileStore struct {
	dir string
	mu  sync.Mutex
}

type fileContent struct {
	Note      string            `json:"note"`
	Passwords map[string]string `json:"passwords"`
}

func (f *fileStore) Name() string { return File }

func (f *fileStore) path() string { return filepath.Join(f.dir, FileName) }

func (f *fileStore) Get(ctx context.Context, key string) (string, error) {
	const op = "read the password from"
	if err := ctx.Err(); err != nil {
		return "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	c, err := f.read(op)
	if err != nil {
		return "", err
	}
	p, ok := c.Passwords[key]
	if !ok {
		return "", noPassword(op, f.path())
	}
	return p, nil
}

func (f *fileStore) Set(ctx context.Context, key, password string) error {
	return f.change(ctx, "keep the password in", func(c *fileContent) bool {
		old, ok := c.Passwords[key]
		c.Passwords[key] = password
		return !ok || old != password
	})
}

func (f *fileStore) Delete(ctx context.Context, key string) error {
	return f.change(ctx, "remove the password from", func(c *fileContent) bool {
		_, ok := c.Passwords[key]
		delete(c.Passwords, key)
		return ok
	})
}

// change reads, changes and replaces the file while no other process does.
// edit says whether anything changed.
func (f *fileStore) change(ctx context.Context, op string, edit func(*fileContent) bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return f.storage(op, err)
	}
	lock := flock.New(f.path() + ".lock")
	if ok, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil || !ok {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return f.storage(op, err)
	}
	defer lock.Unlock()
	c, err := f.read(op)
	if err != nil {
		return err
	}
	if !edit(&c) {
		return nil
	}
	return f.write(op, c)
}

func (f *fileStore) read(op string) (fileContent, error) {
	c := fileContent{Note: fileNote, Passwords: map[string]string{}}
	b, err := os.ReadFile(f.path())
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, f.storage(op, err)
	}
	f.tighten()
	if err := json.Unmarshal(b, &c); err != nil {
		// The parser's words can quote the file: they are left out.
		return c, &pim.Error{Fault: pim.Storage, Op: op, Where: f.path(), Reason: "secrets-file",
			Err:  fmt.Errorf("the file of passwords %s is damaged: it is not what Sidekeep wrote", f.path()),
			Hint: "delete this file and give every password again with `sidekeep account password NAME`; what was mirrored is not touched"}
	}
	if c.Passwords == nil {
		c.Passwords = map[string]string{}
	}
	c.Note = fileNote
	return c, nil
}

// tighten takes back what a copy or an editor may have given to others.
func (f *fileStore) tighten() {
	if runtime.GOOS == "windows" {
		return
	}
	if fi, err := os.Stat(f.path()); err == nil && fi.Mode().Perm()&0o077 != 0 {
		_ = os.Chmod(f.path(), 0o600)
	}
}

func (f *fileStore) write(op string, c fileContent) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(c); err != nil {
		return f.storage(op, err)
	}
	tmp, err := os.CreateTemp(f.dir, ".secrets-*") // 0600 from the start
	if err != nil {
		return f.storage(op, err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(b.Bytes())
	if err == nil {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), f.path())
	}
	if err != nil {
		return f.storage(op, err)
	}
	return nil
}

func (f *fileStore) storage(op string, err error) error {
	return &pim.Error{Fault: pim.Storage, Op: op, Where: f.path(), Err: err, Reason: "secrets-file",
		Hint: "see that the folder exists, is yours and has room"}
}
