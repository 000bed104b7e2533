package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
)

// What `sidekeep help json` says of each command, by its heading, and what it says
// of all of them.
var helpSections, helpForAll = func() (map[string]string, string) {
	parts := strings.SplitN(jsonText, "\n\n", 3)
	out := map[string]string{}
	heading := ""
	for line := range strings.Lines(parts[2]) {
		if !strings.HasPrefix(line, " ") {
			heading = strings.TrimSpace(line)
		}
		out[heading] += line
	}
	return out, parts[1]
}()

// refers finds the sections that a section speaks of.
var refers = regexp.MustCompile(`(?:as(?: in)?|one (?:account |object )?of) ([a-z]+)(?:\s+(--)?([a-z]+))?`)

// documented is all that help says of a section and of those that it refers to.
func documented(heading string, seen map[string]bool) string {
	if seen[heading] {
		return ""
	}
	seen[heading] = true
	text := helpSections[heading]
	all := text
	for _, m := range refers.FindAllStringSubmatch(text, -1) {
		for h := range helpSections {
			for name := range strings.SplitSeq(h, ", ") {
				words := strings.Fields(name)
				if words[0] == m[1] && (len(words) == 1 || words[1] == m[3] || strings.ToUpper(words[1]) == words[1]) {
					all += documented(h, seen)
				}
			}
		}
	}
	return all
}

// headingOf finds the section of a command line.
func headingOf(args []string) string {
	c := &command{}
	cmd, rest, err := c.root().Find(args)
	if err != nil {
		return ""
	}
	name := strings.TrimPrefix(cmd.CommandPath(), "sidekeep ")
	has := func(s string) bool { return slices.Contains(args, s) }
	switch {
	case name == "log" && has("--changes"):
		return "log --changes RUN"
	case name == "rescue" && has("--anew"):
		return "rescue --anew"
	case name == "copy" && has("off"):
		return "copy --every off"
	case name == "incident" && slices.Contains(rest, "put-back"):
		return "incident ID put-back"
	case name == "incident" && (slices.Contains(rest, "accept") || slices.Contains(rest, "keep")):
		return "incident ID accept|keep"
	}
	for h := range helpSections {
		for one := range strings.SplitSeq(h, ", ") {
			words := slices.DeleteFunc(strings.Fields(one), func(w string) bool { return strings.ToUpper(w) == w || strings.HasPrefix(w, "--") })
			if strings.Join(words, " ") == name && !strings.Contains(h, "|") && h != "rescue --anew" && h != "copy --every off" && h != "log --changes RUN" && h != "incident ID put-back" {
				return h
			}
		}
	}
	return ""
}

// Fields whose values are of a fixed set, or whose own names are.
var (
	ofWords = []string{"state", "outcome", "kind", "action", "result", "what", "verdict", "closed", "fault", "as", "secrets", "data"}
	byWord  = []string{"counts", "results"}
)

// jsonProblems names what a document has that help json does not say of its command.
func jsonProblems(args []string, doc []byte) (out []string) {
	var v any
	if err := json.Unmarshal(doc, &v); err != nil {
		return []string{err.Error()}
	}
	heading := headingOf(args)
	if m, ok := v.(map[string]any); ok && len(m) == 1 && m["error"] != nil && heading == "" {
		heading = "version" // of no command: the error is said for all
	}
	if heading == "" {
		return []string{"no section for " + strings.Join(args, " ")}
	}
	text := helpForAll + documented(heading, map[string]bool{})
	has := func(word, quote string) bool {
		return regexp.MustCompile(quote + `\b` + regexp.QuoteMeta(word) + `\b` + quote).MatchString(text)
	}
	bad := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for k, x := range v {
				if !has(k, `"`) {
					bad[heading+": the field "+k] = true
				}
				if word, ok := x.(string); ok && slices.Contains(ofWords, k) && word != "" && !strings.Contains(word, " ") && !has(word, "") {
					bad[heading+": "+k+" is "+word] = true
				}
				switch {
				case k == "evidence":
				case slices.Contains(byWord, k):
					for word := range x.(map[string]any) {
						if !has(word, "") {
							bad[heading+": "+k+" of "+word] = true
						}
					}
				default:
					walk(x)
				}
			}
		}
	}
	walk(v)
	return slices.Sorted(maps.Keys(bad))
}

// Every command's document is as help json says. (The sessions in testdata are held
// to it as well.)
func TestHelpJSON_NamesEverything(t *testing.T) {
	srv := davtest.New(t)
	fill(srv)
	s := newSession(t)
	seen := map[string]bool{}
	run := func(want int, args ...string) any {
		t.Helper()
		args = append(args, "--json")
		stdout, stderr, code := s.run("secret\n", args...)
		if code != want {
			t.Fatalf("%v: %d\n%s%s", args, code, stdout, stderr)
		}
		for _, p := range jsonProblems(args, []byte(stdout)) {
			t.Errorf("%v: %s", args, p)
		}
		seen[headingOf(args)] = true
		var v any
		if err := json.NewDecoder(bytes.NewReader([]byte(stdout))).Decode(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	book := srv.Collections()[0]
	id := func(v any) string { return fmt.Sprint(int64(v.([]any)[0].(map[string]any)["id"].(float64))) }
	lose := func() string {
		for _, n := range book.Names() {
			book.Delete(n)
		}
		run(7, "mirror")
		return id(run(0, "incidents"))
	}
	fresh := func(n int) {
		for i := range 12 {
			book.Put(fmt.Sprintf("n%d-%d.vcf", n, i), card(fmt.Sprintf("n%d-%d", n, i), fmt.Sprintf("Number %d of %d", i, n)))
		}
		run(0, "mirror")
	}
	add := []string{"account", "add", srv.URL(), "--user", "user", "--password-stdin", "--name", "Home"}

	run(0, "version")
	run(2, "status", "--at", "soon")
	run(0, add...)
	run(0, "account", "list")
	run(0, "account", "check", "Home")
	run(0, "account", "password", "Home", "--password-stdin")
	run(0, "mirror")
	book.Put("c1.vcf", card("c1", "Somebody Else"))
	book.Delete("c2.vcf")
	run(0, "mirror")
	run(0, "status")
	run(0, "status", "--at", "now")
	run(0, "list", "all")
	gone := id(run(0, "search", "--deleted"))
	changed := id(run(0, "search", "somebody"))
	run(0, "show", changed)
	run(0, "history", changed)
	runs := run(0, "log")
	for i := range runs.([]any) {
		run(0, "log", "--changes", strconv.Itoa(i+1))
	}
	run(0, "restore", "plan", "--ids", gone, "--to", "Home")
	run(0, "restore", "show", "1")
	run(0, "restore", "run", "1")
	run(0, "restore", "show", "1")
	run(0, "restore", "plan", "--at", "now", "--to", filepath.Join(t.TempDir(), "found"))
	run(0, "restore", "run", "2")
	run(0, "restore", "list")

	i := lose()
	run(0, "status")
	run(0, "list", "contacts")
	run(0, "incident", i)
	run(0, "incident", i, "put-back")
	run(0, "mirror")
	run(0, "incident", lose(), "keep")
	fresh(1)
	run(0, "incident", lose(), "accept")
	run(0, "incidents", "--all")
	fresh(2)
	book.Delete("n2-1.vcf")
	run(0, "mirror")
	gone = id(run(0, "search", "--deleted"))
	run(0, "forget", gone, "--yes", "--again", gone)

	run(0, "thin")
	run(0, "export", "--to", filepath.Join(t.TempDir(), "out"))
	run(0, "verify", "--deep")
	run(0, "copy", "--to", t.TempDir())
	run(0, "copy", "--every", "off")
	run(0, "rescue", "--to", filepath.Join(t.TempDir(), "rescued"))
	run(0, "rescue", "--anew")
	run(0, "reindex")
	srv.SetPassword("another")
	run(5, "mirror")
	run(5, "account", "check", "Home")
	run(0, "status")
	run(0, "account", "remove", "Home")
	s.env["SIDEKEEP_VAULT"] = filepath.Join(t.TempDir(), "demo")
	run(0, "demo", "--headless")
	run(0, "status")
	run(0, "list", "all")
	for h := range helpSections {
		if !seen[h] {
			t.Errorf("nothing was run for %q", h)
		}
	}
}
