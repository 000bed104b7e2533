package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Imports point down. Each line says what a package may import of this module,
// test files aside; a new entry is a design decision and says why.
var mayImport = map[string][]string{
	".":                           {"app"},
	"app":                         {"app/cli", "app/gui", "app/gui/desktop", "app/service", "app/present", "app/demo", "sync/pim"},
	"app/gui":                     {"app/gui/desktop", "app/present", "app/service", "assets", "sync/pim"},
	"app/gui/desktop":             {"sync/pim"}, // only for faults; autostart and single instance: no Fyne, so that they are tested without it
	"app/present":                 {"app/service", "formats", "sync/pim"},
	"app/present/presenttest":     {"app/present", "app/service", "sync/pim"},             // for the tests of present and gui
	"app/cli":                     {"app/service", "app/present", "app/demo", "sync/pim"}, // present words the errors for both faces
	"app/demo":                    {"sync/pim"},                                           // a server of its own: it knows nothing of the mirror
	"app/service":                 {"app/demo", "formats", "formats/ical", "sync/pim", "sync/plan", "sync/mirror", "sync/restore", "sync/dav", "sync/drill", "sync/vault", "sync/secret"},
	"assets":                      {},
	"assets/draw":                 {},                                                                                      // draws the icon, run by hand
	"formats":                     {"formats/archive", "formats/contentline", "formats/ical", "formats/vcard", "sync/pim"}, // Describe fills the domain's Summary
	"formats/archive":             {"sync/pim"},                                                                            // only for faults
	"formats/contentline":         {},
	"formats/ical":                {"formats/contentline"},
	"formats/vcard":               {"formats/contentline"},
	"sync/pim":                    {},
	"sync/plan":                   {"sync/pim"},
	"sync/mirror":                 {"sync/pim", "sync/plan"},
	"sync/restore":                {"sync/pim", "sync/plan"}, // carries a restore plan out; declares the writer and the journal it needs
	"sync/dav":                    {"sync/pim"},
	"sync/dav/davtest":            {"sync/pim", "sync/dav/davtest/gen"},
	"sync/dav/davtest/gen":        {},
	"sync/dav/davtest/realserver": {"sync/pim", "sync/dav/davtest/gen"},
	"sync/vault":                  {"sync/pim"},
	"sync/drill":                  {"sync/dav", "sync/mirror", "sync/pim", "sync/vault"}, // rehearses a restore with the real ones of each, against a server of its own
	"sync/secret":                 {"sync/pim"},
}

// Modules that only one place may know.
var onlyIn = map[string][]string{
	"fyne.io/":                      {"app/gui"},
	"modernc.org/sqlite":            {"sync/vault"},
	"github.com/zalando/":           {"sync/secret"},
	"github.com/emersion/go-webdav": {"app/demo"},
	"github.com/spf13/cobra":        {"app/cli"},
}

func TestImportsPointDown(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && strings.HasPrefix(d.Name(), ".") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg := filepath.ToSlash(filepath.Dir(path))
		seen[pkg] = true
		for _, spec := range f.Imports {
			imp, _ := strconv.Unquote(spec.Path.Value)
			checkImport(t, path, pkg, imp)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range mayImport {
		if !seen[pkg] {
			t.Errorf("the table names %s, which has no Go files", pkg)
		}
	}
	if len(seen) < 10 {
		t.Fatalf("looked at %d packages only", len(seen))
	}
}

func checkImport(t *testing.T, path, pkg, imp string) {
	if in, own := strings.CutPrefix(imp, "sidekeep/"); own {
		allowed, known := mayImport[pkg]
		if !known {
			t.Errorf("%s: package %s is not in the table", path, pkg)
			return
		}
		for _, a := range allowed {
			if a == in {
				return
			}
		}
		t.Errorf("%s: %s may not import %s", path, pkg, in)
		return
	}
	for prefix, places := range onlyIn {
		if !strings.HasPrefix(imp, prefix) {
			continue
		}
		ok := false
		for _, p := range places {
			ok = ok || pkg == p
		}
		if !ok {
			t.Errorf("%s: only %v may import %s", path, places, imp)
		}
	}
}
