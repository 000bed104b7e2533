package app

import (
	"bytes"
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestMain_RunsACommand(t *testing.T) {
	var out, errs bytes.Buffer
	code := Main(context.Background(), []string{"version"}, Stdio{In: strings.NewReader(""), Out: &out, Err: &errs})
	if code != 0 || out.String() != "sidekeep "+Version()+"\n" || errs.Len() > 0 {
		t.Fatalf("%d %q %q", code, out.String(), errs.String())
	}
}

// A server's Sidekeep must not drag in a display library, and it brings the
// time zones that a small container does not have.
func TestHeadless_HasZonesAndNoWindow(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-tags", "headless", "-deps", ".")
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, "time/tzdata") {
		t.Error("the program has no time zones in it")
	}
	for _, p := range deps {
		if strings.HasPrefix(p, "fyne.io/") || strings.HasPrefix(p, "github.com/go-gl/") || p == "sidekeep/app/gui" {
			t.Errorf("the headless build contains %s", p)
		}
	}
}
