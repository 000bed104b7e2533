package vault

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// What is only there for a while has a hidden name that says whose it is: of which
// computer, which process, and when that began, for numbers of processes come
// again. A process that is killed leaves it behind, and it may be large: the next
// one that works in the same folder removes it.

// leftAfter is the age of what is taken for left behind, whoever made it.
const leftAfter = 24 * time.Hour

// temporary files and folders of ours, by how their names begin.
const (
	copyTemp    = ".sidekeep-copy-"
	rescueTemp  = ".sidekeep-rescue-"
	rescueTemp1 = ".rescue-" // as they were called once
)

var began = time.Now().UnixNano() // this process

// temp is a pattern for os.CreateTemp and os.MkdirTemp.
func temp(prefix string) string {
	return fmt.Sprintf("%s%s-%d-%x-*", prefix, thisHost(), os.Getpid(), began)
}

func thisHost() string {
	name, _ := os.Hostname() // where it has none, they are all called the same
	return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(name)))
}

// isLeft says of a file or folder of ours that nobody works with it any more.
func isLeft(name, prefix string, modified, now time.Time) bool {
	if now.Sub(modified) > leftAfter {
		return true
	}
	var pid int
	var start int64
	host, rest, ok := strings.Cut(strings.TrimPrefix(name, prefix), "-")
	if !ok || host != thisHost() {
		return false
	}
	if n, err := fmt.Sscanf(rest, "%d-%x-", &pid, &start); n != 2 || err != nil || pid <= 0 {
		return false
	}
	if pid == os.Getpid() {
		return start != began
	}
	return ended(pid)
}

// ended says that there is no process of a number, or one of which only the number
// is left until somebody asks how it ended.
func ended(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return true
	}
	defer p.Release()
	if errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone) {
		return true
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // of Linux; proc(5): the state is after the name in brackets
	if at := bytes.LastIndexByte(stat, ')'); at >= 0 && at+2 < len(stat) {
		return stat[at+2] == 'Z' || stat[at+2] == 'X'
	}
	return false
}

// sweepCopies removes what copies that were cut short left in a folder. What can't
// be removed is left to the next one.
func sweepCopies(folder string, now time.Time) {
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), copyTemp) || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err == nil && isLeft(e.Name(), copyTemp, info.ModTime(), now) {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}

// removeCopy removes a copy that is not finished, and what SQLite made beside it.
func removeCopy(path string) {
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		_ = os.Remove(path + suffix)
	}
}

// RescueScratch makes a folder in another one for OpenWreck to work in, and removes
// those that rescues left there which were cut short. The caller removes it.
func RescueScratch(folder string, now time.Time) (string, error) {
	entries, _ := os.ReadDir(folder)
	for _, e := range entries {
		for _, prefix := range []string{rescueTemp, rescueTemp1} {
			if !e.IsDir() || !strings.HasPrefix(e.Name(), prefix) {
				continue
			}
			if info, err := e.Info(); err == nil && isLeft(e.Name(), prefix, info.ModTime(), now) {
				removeScratch(filepath.Join(folder, e.Name()))
			}
		}
	}
	return os.MkdirTemp(folder, temp(rescueTemp))
}

// removeScratch removes a folder that has only what a rescue puts there.
func removeScratch(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), wreckFile) || e.Type()&fs.ModeType != 0 {
			return // somebody else's
		}
	}
	for _, e := range entries {
		_ = os.Remove(filepath.Join(folder, e.Name()))
	}
	_ = os.Remove(folder)
}
