package present

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// TestInWindow_NoHintSpeaksOfCommands reads every sentence below the two faces
// and holds what the window makes of it against what a window has.
func TestInWindow_NoHintSpeaksOfCommands(t *testing.T) {
	reworded := 0
	for _, dir := range []string{"../service", "../../formats", "../../sync", "."} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "windowhints.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				s, err := strconv.Unquote(lit.Value)
				if err != nil || !forCommands(s) {
					return true
				}
				for _, fault := range []pim.Fault{pim.Invalid, pim.Storage, pim.Denied} {
					got := inWindow(service.ErrorInfo{Fault: fault.String(), Hint: sentence(s)}).Hint
					if got == "" || forCommands(got) {
						t.Errorf("%s: %q becomes %q", path, s, got)
					}
				}
				reworded++
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if reworded < 10 {
		t.Errorf("only %d hints were found: the search is wrong", reworded)
	}
}

func TestInWindow_SaysTheSameStepInTheWindowsWords(t *testing.T) {
	now := time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ hint, want string }{
		{"unlock the keychain of this desktop, or keep the password in a file (not encrypted) with --secrets file", hintWindowKeychain},
		{"give it again: `sidekeep account password \"Work\"`", hintNoPassword},
		{"choose another folder with --vault or SIDEKEEP_VAULT, one that you may write to", hintNoPermission},
		{"choose another name with --name", hintWindowName},
		{"something about --nothing known", hintInvalid},
		{"open this folder yourself", "Open this folder yourself."},
	} {
		got := ExplainInWindow(&pim.Error{Fault: pim.Invalid, Err: errors.New("x"), Hint: c.hint}, now)
		if got.Hint != c.want {
			t.Errorf("%q: %q", c.hint, got.Hint)
		}
	}
}
