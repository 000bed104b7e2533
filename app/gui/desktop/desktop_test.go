package desktop

import (
	"bufio"
	"context"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// child makes this test binary a first window that holds the vault, for tests
// that kill it.
const child = "SIDEKEEP_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(child); dir != "" {
		in, err := Claim(dir)
		if err != nil || in == nil {
			os.Exit(3)
		}
		in.Serve(context.Background(), func() { _, _ = os.Stdout.WriteString("shown\n") })
		_, _ = os.Stdout.WriteString("ready\n")
		select {}
	}
	goleak.VerifyTestMain(m)
}

// hold starts a process that holds the vault, and gives its output.
func hold(t *testing.T, dir string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), child+"="+dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q %v", line, err)
	}
	return c, r
}

func TestClaim_SecondStartShowsTheFirst(t *testing.T) {
	for _, runtimeDir := range []string{t.TempDir(), ""} {
		t.Setenv("XDG_RUNTIME_DIR", runtimeDir)
		dir := filepath.Join(t.TempDir(), "a vault")
		_, out := hold(t, dir)
		in, err := Claim(dir)
		if err != nil || in != nil {
			t.Fatalf("the second start got %v, %v", in, err)
		}
		if line, err := out.ReadString('\n'); err != nil || line != "shown\n" {
			t.Fatalf("the first window was told %q, %v", line, err)
		}
	}
}

func TestClaim_TakesOverAfterKill(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	dir := t.TempDir()
	c, _ := hold(t, dir)
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	in, err := Claim(dir)
	if err != nil || in == nil {
		t.Fatalf("got %v, %v", in, err)
	}
	shown := make(chan struct{}, 1)
	in.Serve(context.Background(), func() { shown <- struct{}{} })
	if again, err := Claim(dir); err != nil || again != nil {
		t.Fatalf("a third start got %v, %v", again, err)
	}
	select {
	case <-shown:
	case <-time.After(5 * time.Second):
		t.Fatal("the window that took over was not told")
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if in, err = Claim(dir); err != nil || in == nil {
		t.Fatalf("after quitting: %v, %v", in, err)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestClaim_OtherVaultsAreNotInTheWay(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	for range 2 {
		in, err := Claim(t.TempDir())
		if err != nil || in == nil {
			t.Fatalf("got %v, %v", in, err)
		}
		defer in.Close()
	}
}

func TestSocketPath_IsShort(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", "")
	long := filepath.Join(t.TempDir(), strings.Repeat("a folder with a long name/", 8))
	if p := socketPath(long); len(p) > 103 {
		t.Errorf("%d bytes: %s", len(p), p)
	}
}

func TestAutostart_WritesAndRemovesTheEntry(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("would write to the registry")
	}
	a := Autostart{Program: "/opt/Side keep/sidekeep", Args: []string{"--background", "--vault", `/home/p/my "vault" 100%$HOME`}, Config: t.TempDir()}
	is := func(want bool) {
		t.Helper()
		if on, err := a.Enabled(); err != nil || on != want {
			t.Fatalf("enabled: %v, %v", on, err)
		}
	}
	is(false)
	for range 2 {
		if err := a.Set(true); err != nil {
			t.Fatal(err)
		}
		is(true)
	}
	if runtime.GOOS == "linux" {
		b, err := os.ReadFile(filepath.Join(a.Config, "autostart", appID+".desktop"))
		if err != nil {
			t.Fatal(err)
		}
		want := `Exec="/opt/Side keep/sidekeep" --background --vault "/home/p/my \\"vault\\" 100%%\\$HOME"` + "\n"
		if !strings.Contains(string(b), want) {
			t.Errorf("%s\ndoes not have\n%s", b, want)
		}
		if path, err := exec.LookPath("desktop-file-validate"); err == nil {
			if out, err := exec.Command(path, filepath.Join(a.Config, "autostart", appID+".desktop")).CombinedOutput(); err != nil {
				t.Errorf("%s: %v", out, err)
			}
		}
		off := strings.Replace(string(b), "X-GNOME-Autostart-enabled=true", "X-GNOME-Autostart-enabled=false", 1)
		if err := os.WriteFile(filepath.Join(a.Config, "autostart", appID+".desktop"), []byte(off), 0o644); err != nil {
			t.Fatal(err)
		}
		is(false) // switched off in the desktop's own settings
	}
	for range 2 {
		if err := a.Set(false); err != nil {
			t.Fatal(err)
		}
		is(false)
	}
}

func TestLaunchAgent_IsXML(t *testing.T) {
	s := launchAgent("/Applications/Sidekeep.app/Contents/MacOS/sidekeep", []string{"--background", "a<b>&\"c"})
	d := xml.NewDecoder(strings.NewReader(s))
	var words []string
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if el, ok := tok.(xml.StartElement); ok && el.Name.Local == "string" {
			var v string
			if err := d.DecodeElement(&v, &el); err != nil {
				t.Fatal(err)
			}
			words = append(words, v)
		}
	}
	want := []string{appID, "/Applications/Sidekeep.app/Contents/MacOS/sidekeep", "--background", "a<b>&\"c", "Background"}
	if !reflect.DeepEqual(words, want) {
		t.Errorf("%q", words)
	}
}

func TestWindowsCommand_Quotes(t *testing.T) {
	got := windowsCommand(`C:\Program Files\Sidekeep\sidekeep.exe`, []string{"--background", `C:\my vault\`, `a"b`, `c:\plain`})
	want := `"C:\Program Files\Sidekeep\sidekeep.exe" --background "C:\my vault\\" "a\"b" c:\plain`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOpenCommand_OfEachSystem(t *testing.T) {
	for _, c := range []struct {
		goos, path string
		dir        bool
		want       string
	}{
		{"linux", "/a/b.zip", false, "xdg-open /a"}, {"linux", "/a/b", true, "xdg-open /a/b"},
		{"darwin", "/a/b.zip", false, "open -R /a/b.zip"}, {"darwin", "/a/b", true, "open /a/b"},
		{"windows", `C:\b.zip`, false, `explorer /select,C:\b.zip`}, {"windows", `C:\b`, true, `explorer C:\b`},
	} {
		name, args := openCommand(c.goos, c.path, c.dir)
		if got := strings.Join(append([]string{name}, args...), " "); got != c.want {
			t.Errorf("%s: %s", c.goos, got)
		}
	}
	if err := Open(t.Context(), filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("opened what is not there")
	}
}
