package service

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// disk mounts a file system of some size at a folder, and gives what unplugs it and
// plugs it in again. Where that is not allowed the test is skipped.
func disk(t *testing.T, at, size string) (unplug, plug func()) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Getuid() != 0 {
		t.Skip("only root may mount a disk here")
	}
	aside := t.TempDir() // where it is always, for the test
	run := func(args ...string) error {
		out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
		if err != nil {
			t.Logf("%v: %v %s", args, err, out)
		}
		return err
	}
	if err := os.MkdirAll(at, 0o700); err != nil {
		t.Fatal(err)
	}
	if run("mount", "-t", "tmpfs", "-o", "size="+size, "tmpfs", aside) != nil {
		t.Skip("no disk can be mounted here")
	}
	t.Cleanup(func() { _ = run("umount", "-l", aside) })
	if run("mount", "--bind", aside, at) != nil {
		t.Skip("no disk can be mounted here")
	}
	in := true
	turn := func(on bool, args ...string) func() {
		return func() {
			t.Helper()
			if err := run(args...); err != nil {
				t.Fatal(err)
			}
			in = on
		}
	}
	t.Cleanup(func() {
		if in {
			_ = run("umount", "-l", at)
		}
	})
	return turn(false, "umount", at), turn(true, "mount", "--bind", aside, at)
}

// copyNow makes a copy and gives its path.
func copyNow(t *testing.T, s *Service, to string) string {
	t.Helper()
	j := s.StartCopy(to)
	if err := j.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	return j.Result().(CopyReport).Path
}

// refusesCopy wants that a copy is refused for want of its disk, and that nothing
// is made in a folder.
func refusesCopy(t *testing.T, s *Service, to, nothingIn string) {
	t.Helper()
	err := s.StartCopy(to).Wait(t.Context())
	if pim.FaultOf(err) != pim.Storage || err == nil || !strings.Contains(err.Error(), "the disk for copies is not there") || pim.HintOf(err) == "" {
		t.Fatalf("copied to %s: %v", to, err)
	}
	if names, err := os.ReadDir(nothingIn); err == nil && len(names) > 0 {
		t.Fatalf("made in %s: %v", nothingIn, names)
	}
}

// Two disks take turns. One that is not plugged in is not written beside, whichever
// had the last copy, nor after it was pulled out before there was one.
func TestCopy_TwoDisksInTurn(t *testing.T) {
	srv, _, _ := home(t, 3)
	s := open(t, Config{})
	add(t, s, srv)
	mirrorNow(t, s)
	top := t.TempDir()
	a, b := filepath.Join(top, "a"), filepath.Join(top, "b")
	unplug, plug := disk(t, a, "20m")
	disk(t, b, "20m")
	copyNow(t, s, filepath.Join(a, "side"))
	copyNow(t, s, filepath.Join(b, "side"))
	unplug()
	refusesCopy(t, s, filepath.Join(a, "side"), a)
	refusesCopy(t, s, filepath.Join(a, "other"), a)
	refusesCopy(t, s, a+"/./side/", a)
	p, err := s.Proofs(t.Context())
	if err != nil || p.CopyError == nil {
		t.Errorf("the status says nothing: %+v, %v", p, err)
	}
	copyNow(t, s, filepath.Join(b, "side"))
	plug()
	copyNow(t, s, filepath.Join(a, "side"))

	// Who wants a folder there without the disk makes it.
	unplug()
	refusesCopy(t, s, filepath.Join(a, "side"), a)
	if err := os.Mkdir(filepath.Join(a, "side"), 0o700); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Minute) // a file's time may be some milliseconds behind
	if err := os.Chtimes(filepath.Join(a, "side"), later, later); err != nil {
		t.Fatal(err)
	}
	copyNow(t, s, filepath.Join(a, "side"))
	copyNow(t, s, filepath.Join(a, "side"))
}

// The place where a disk is mounted is there without it.
func TestCopy_ToTheMountPointItself(t *testing.T) {
	srv, _, _ := home(t, 3)
	s := open(t, Config{})
	add(t, s, srv)
	at := filepath.Join(t.TempDir(), "usb")
	unplug, plug := disk(t, at, "20m")
	copyNow(t, s, at)
	copyNow(t, s, t.TempDir())
	unplug()
	anew := s.StartAnew() // it goes to the same places
	if err := anew.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	refusesCopy(t, open(t, Config{Dir: anew.Result().(AnewReport).Vault}), at, at)
	refusesCopy(t, s, at, at)
	if err := s.SaveSettings(Settings{CopyTo: at}); err != nil {
		t.Fatal(err)
	}
	refusesCopy(t, s, "", at)
	plug()
	last := copyNow(t, s, "")

	// What was on the disk is taken along to another.
	b, err := os.ReadFile(last)
	if err != nil {
		t.Fatal(err)
	}
	unplug()
	if err := os.WriteFile(last, b, 0o600); err != nil {
		t.Fatal(err)
	}
	copyNow(t, s, at)
}

// A disk that is full, or was pulled out in the middle of the first copy, is
// remembered too.
func TestCopy_AfterOneThatFailed(t *testing.T) {
	srv, _, _ := home(t, 3)
	s := open(t, Config{})
	add(t, s, srv)
	at := filepath.Join(t.TempDir(), "usb")
	unplug, _ := disk(t, at, "100k")
	err := s.StartCopy(filepath.Join(at, "side")).Wait(t.Context())
	wantFault(t, err, pim.Storage)
	unplug()
	refusesCopy(t, s, filepath.Join(at, "side"), at)
}

// In the usual places a folder of a disk that never had copies is not made either.
func TestCopy_UsualMountPlaces(t *testing.T) {
	srv, _, _ := home(t, 3)
	top := resolved(t.TempDir())
	s := open(t, Config{mounts: top})
	add(t, s, srv)
	for _, empty := range []string{"mnt/usb", "media/user/DISK", "run/media/user/DISK", "Volumes/DISK"} {
		at := filepath.Join(top, filepath.FromSlash(empty))
		if err := os.MkdirAll(at, 0o700); err != nil {
			t.Fatal(err)
		}
		refusesCopy(t, s, filepath.Join(at, "side"), at)
		refusesCopy(t, s, at+"2", at)
	}
	if err := os.Mkdir(filepath.Join(top, "mnt", "usb", "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	copyNow(t, s, filepath.Join(top, "mnt", "usb", "side")) // no disk, but used as a folder
	at := filepath.Join(top, "media", "user", "BLUE")
	disk(t, at, "20m")
	copyNow(t, s, filepath.Join(at, "side"))
}

// So many folders are remembered, and no more; one of an older state is, too.
func TestCopy_PlacesAreBounded(t *testing.T) {
	top := t.TempDir()
	st := state{Copy: &copyMark{Path: filepath.Join(top, "old", "sidekeep-20260101-000000.db")}}
	if st.lastIn(filepath.Join(top, "old")) == "" {
		t.Error("the folder of the last copy is not known")
	}
	now := newFakeClock().Now()
	for i := range 3 * maxPlaces {
		st.placed(filepath.Join(top, string(rune('A'+i%64)), string(rune('a'+i/64))), "x.db", now)
	}
	if len(st.CopyPlaces) != maxPlaces || st.CopyPlaces[0].Last != "x.db" {
		t.Errorf("%d, %+v", len(st.CopyPlaces), st.CopyPlaces[0])
	}
}
