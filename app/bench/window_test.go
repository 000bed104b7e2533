//go:build bench

package bench

import (
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// onShow is the real app with a full vault on a display: seconds from starting
// the process until its window shows the account, and milliseconds from
// pressing a page's key until that page stands as it stays.
type onShow struct {
	OnScreen float64  `json:"on_screen_s"`
	PeakMB   float64  `json:"peak_mb"`
	Pages    []paging `json:"pages"`
}

type paging struct {
	Page string  `json:"page"`
	MS   float64 `json:"ms"`
}

// screen is an Xvfb whose picture is a file in memory, so that looking at it
// costs the program nothing.
type screen struct {
	display string
	pixels  []byte // the mapped file, from the first pixel on
}

const screenW, screenH = 1280, 800

func startScreen(t *testing.T) *screen {
	t.Helper()
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "Xvfb", "-displayfd", "3", "-fbdir", dir,
		"-screen", "0", fmt.Sprintf("%dx%dx24", screenW, screenH), "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	buf := make([]byte, 16)
	n, err := r.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "Xvfb_screen0"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(b) })
	// An XWD file: its header, its colours of 12 bytes each, its pixels.
	header, colours := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[19*4:])
	return &screen{":" + strings.TrimSpace(string(buf[:n])), b[header+12*colours:]}
}

// look takes every fourth pixel of every fourth line.
func (s *screen) look() []uint32 {
	out := make([]uint32, 0, screenW*screenH/16)
	for y := 0; y < screenH; y += 4 {
		for x := 0; x < screenW; x += 4 {
			out = append(out, binary.LittleEndian.Uint32(s.pixels[(y*screenW+x)*4:])&0xffffff)
		}
	}
	return out
}

// settled watches for the time given after act, and gives when the picture
// first was what it was in the end but for one pixel in so many (a cursor
// blinks, a progress bar moves), and whether it changed at all.
func (s *screen) settled(watch time.Duration, oneIn int, act func()) (time.Duration, bool) {
	type frame struct {
		at time.Duration
		px []uint32
	}
	before := s.look()
	start := time.Now()
	act()
	var frames []frame
	for time.Since(start) < watch {
		px := s.look()
		if len(frames) == 0 || !same(frames[len(frames)-1].px, px, 0) {
			frames = append(frames, frame{time.Since(start), px})
		}
		time.Sleep(4 * time.Millisecond)
	}
	last := frames[len(frames)-1].px
	at := frames[len(frames)-1].at
	for i := len(frames) - 1; i >= 0 && same(frames[i].px, last, len(last)/oneIn); i-- {
		at = frames[i].at
	}
	return at, !same(before, last, len(last)/100)
}

func same(a, b []uint32, tolerated int) bool {
	n := 0
	for i := range a {
		if a[i] != b[i] {
			if n++; n > tolerated {
				return false
			}
		}
	}
	return true
}

// measureWindow starts the app on the vault three times, each with a display and
// a home of its own, and takes the middle start; in the last one it goes
// through the pages twice, as a person does who works with it.
func measureWindow(t *testing.T, bin, vault string) *onShow {
	t.Helper()
	syscall.Sync() // what the exports before left to be written is not the window's
	var starts []float64
	var w *started
	for range 3 {
		if w != nil {
			w.stop()
		}
		w = startWindow(t, bin, vault)
		starts = append(starts, w.took.Seconds())
	}
	slices.Sort(starts)
	out := onShow{OnScreen: starts[1]}
	peak := watchPeak(w.cmd.Process.Pid)
	w.turnPages(t, &out)
	out.PeakMB = peak()
	w.stop()
	return &out
}

// started is the app with its window up.
type started struct {
	screen *screen
	cmd    *exec.Cmd
	env    []string
	took   time.Duration
}

func (w *started) stop() {
	_ = w.cmd.Process.Signal(syscall.SIGTERM)
	_ = w.cmd.Wait()
}

func startWindow(t *testing.T, bin, vault string) *started {
	t.Helper()
	s := startScreen(t)
	home := t.TempDir()
	prefs := filepath.Join(home, ".config", "fyne", "io.sidekeep.Sidekeep")
	for _, d := range []string{prefs, filepath.Join(home, ".cache"), filepath.Join(home, "run")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	size := fmt.Sprintf(`{"window.width":%d,"window.height":%d}`, screenW, screenH)
	if err := os.WriteFile(filepath.Join(prefs, "preferences.json"), []byte(size), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), bin, "--vault", vault, "--secrets", "file")
	env := []string{"DISPLAY=" + s.display, "HOME=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, ".config"),
		"XDG_RUNTIME_DIR=" + filepath.Join(home, "run"), "FYNE_SCALE=1", "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"}
	cmd.Env = append(os.Environ(), env...)
	// The mirror at start goes on to change the account's card: a fifth of the
	// picture may still differ from the end, where a blank window differs in more
	// than half.
	took, shown := s.settled(4*time.Second, 5, func() {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	})
	if !shown {
		t.Fatal("no window came up")
	}
	return &started{s, cmd, env, took}
}

func (w *started) turnPages(t *testing.T, out *onShow) {
	t.Helper()
	pages := []string{"Contacts", "Calendar", "Tasks", "History", "Export", "Settings", "Overview"}
	for round := range 2 {
		for i, page := range pages {
			key := fmt.Sprintf("ctrl+%d", (i+1)%7+1)
			at, changed := w.screen.settled(1500*time.Millisecond, 100, func() {
				press := exec.CommandContext(t.Context(), "xdotool", "key", "--delay", "0", "--clearmodifiers", key)
				press.Env = append(os.Environ(), w.env...)
				if b, err := press.CombinedOutput(); err != nil {
					t.Fatalf("xdotool: %s", b)
				}
			})
			if !changed {
				t.Errorf("%s did not show %s", key, page)
			}
			if round == 1 {
				out.Pages = append(out.Pages, paging{page, float64(at.Milliseconds())})
			} else {
				out.Pages = append(out.Pages, paging{page + " (first time)", float64(at.Milliseconds())})
			}
		}
	}
}
