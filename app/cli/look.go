package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/text/unicode/norm"

	"sidekeep/app/present"
	"sidekeep/app/service"
)

func (c *command) status() *cobra.Command {
	cmd := &cobra.Command{Use: "status", Short: "Say how complete and how fresh the vault is", Args: noArgs}
	when := c.pastFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		at, err := when.read()
		if err != nil {
			return err
		}
		return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
			st, err := s.StatusAt(ctx, at)
			if err != nil {
				return err
			}
			if c.json {
				c.printJSON(st)
				return nil
			}
			c.sayAt(at)
			c.printStatus(st)
			if at.IsZero() {
				c.sayInterrupted(ctx, s)
			}
			return nil
		})
	}
	return cmd
}

func (c *command) printStatus(st service.Status) {
	c.printf("Vault %s, %s, %s\n", clean(st.Vault.Path), size(st.Vault.Bytes), count(st.Vault.Revisions, "revision", "revisions"))
	c.printProof(st.Proof)
	for _, a := range st.Accounts {
		c.printf("\n%s: %s, last proven complete: %s\n", clean(a.Name), a.State, moment(a.LastComplete))
		t := table{head: []string{"  ID", "COLLECTION", "KIND", "OBJECTS", "HELD", "OWED", "LAST COMPLETE", ""},
			right: map[int]bool{0: true, 3: true, 4: true, 5: true}, keep: map[int]bool{6: true}, max: 60}
		for _, k := range a.Collections {
			why := k.Reason
			if a.Error != nil && a.Error.Message == why {
				why = "" // it is said once, below
			}
			t.add(k.ID, k.Name, k.Kind, k.Objects, k.Held, k.Owed, moment(k.LastComplete), why)
		}
		if len(t.rows) > 0 {
			c.print(&t)
		}
		if a.Error != nil && !saidOfAll(st.Proof, a.Error) {
			c.sayAccount(a.Name, *a.Error)
		}
		c.sayWarnings(a.Name, a.Warnings)
	}
	for _, i := range st.Incidents {
		c.note("%s: incident %d is open: %s `sidekeep incident %d` shows it", placeOf(i), i.ID, i.Message, i.ID)
	}
	if len(st.Accounts) == 0 {
		c.note("no accounts yet; to add one: sidekeep account add URL-OR-ADDRESS --user USER")
	}
}

func (c *command) list() *cobra.Command {
	var q service.ListQuery
	var when *moments
	cmd := &cobra.Command{
		Use:       "list contacts|events|tasks|all",
		Short:     "List what is in the vault",
		Long:      "Lists the current view of the vault, without the network. Of a damaged vault\neverything is listed that can be read, what is missing is named, and the exit code\nis 8. Search finds words by their beginnings in names, e-mail addresses,\ntitles, notes and more, whatever their accents, and telephone numbers by their\nlast digits.",
		ValidArgs: []string{"contacts", "events", "tasks", "all"},
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return invalid("read the command line", "it is not said what to list", "list contacts, events, tasks or all")
			}
			return oneArg("kind of object")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			q.What = args[0]
			if q.Limit < 0 || q.Offset < 0 {
				return invalid("list", "a limit or an offset below zero means nothing", "use --limit 0 for all and --offset 0 for the first")
			}
			if err := q.Check(); err != nil { // before the vault is looked for
				return err
			}
			if err := checkWords("list", q.Search); err != nil {
				return err
			}
			var err error
			if q.At, err = when.read(); err != nil {
				return err
			}
			return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
				return c.find(ctx, s, q, func(items []service.Item) { c.printItems(q.What, items) })
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.Search, "search", "", "`words` to look for")
	f.StringVar(&q.Account, "account", "", "only this `account`")
	f.StringVar(&q.Collection, "collection", "", "only this `collection`, by title or ID")
	f.IntVar(&q.Limit, "limit", 0, "at most this `many` (0: all)")
	f.IntVar(&q.Offset, "offset", 0, "leave out the first `N`")
	when = c.pastFlag(cmd)
	c.completesNames(cmd)
	return cmd
}

// checkWords refuses marks alone: they are in no index, and everything would be
// taken for what was found.
func checkWords(op, text string) error {
	if strings.TrimSpace(text) == "" || strings.ContainsFunc(norm.NFKD.String(text), func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
	}) {
		return nil
	}
	return invalid(op, "there is no letter and no digit in what is looked for", "give the beginning of a word or of a number")
}

// find lists what a query selects: as JSON, or as print writes it.
func (c *command) find(ctx context.Context, s *service.Service, q service.ListQuery, print func([]service.Item)) error {
	items, err := s.List(ctx, q)
	if service.IsCorrupt(err) {
		readable, missing, again := s.ListReadable(ctx, q)
		if again != nil {
			return err
		}
		items = readable
		defer c.sayUnlisted(missing)
	} else if err != nil {
		return err
	}
	if c.json {
		c.printJSON(items)
		return err
	}
	c.sayAt(q.At)
	print(items)
	return err
}

// sayUnlisted names what the list of a damaged vault lacks.
func (c *command) sayUnlisted(missing []service.Missing) {
	n := 0
	for _, m := range missing {
		n += m.Objects
	}
	if n == 0 {
		c.note("the vault is damaged, but every object that was asked for can be read")
		return
	}
	c.nameMissing(n, missing, "this list", "")
}

func (c *command) printItems(what string, items []service.Item) {
	if len(items) == 0 {
		c.note("nothing found")
		return
	}
	t := table{right: map[int]bool{0: true}, keep: map[int]bool{}}
	switch what {
	case "contacts":
		t.head = []string{"ID", "NAME", "DETAIL", "COLLECTION", "ACCOUNT"}
	case "events":
		t.keep[1] = true
		t.head = []string{"ID", "START", "TITLE", "PLACE", "COLLECTION", "ACCOUNT"}
	case "tasks":
		t.keep[1] = true
		t.head = []string{"ID", "DUE", "DONE", "TITLE", "COLLECTION", "ACCOUNT"}
	default:
		t.head = []string{"ID", "KIND", "TITLE", "COLLECTION", "ACCOUNT"}
	}
	for _, it := range items {
		title := it.Title
		if it.Held {
			title += " (held)"
		}
		switch what {
		case "contacts":
			t.add(it.ID, title, it.Subtitle, it.Collection, it.Account)
		case "events":
			start := clock(it.Start)
			if it.Recurs {
				start += " (repeats)"
			}
			t.add(it.ID, start, title, it.Subtitle, it.Collection, it.Account)
		case "tasks":
			done := ""
			if it.Completed {
				done = "yes"
			} else if it.Percent > 0 {
				done = strconv.Itoa(it.Percent) + "%"
			}
			t.add(it.ID, clock(it.Due), done, title, it.Collection, it.Account)
		default:
			t.add(it.ID, it.Kind, title, it.Collection, it.Account)
		}
	}
	c.print(&t)
}

// shown is the JSON document of show.
type shown struct {
	service.ItemDetail
	Fields []shownField `json:"fields"`
}

type shownField struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Value string `json:"value"`
	Type  string `json:"type"`
}

func (c *command) show() *cobra.Command {
	var raw bool
	var revision int64
	cmd := &cobra.Command{Use: "show ID", Short: "Show one object with every field, or its exact bytes", Args: oneArg("ID")}
	cmd.Flags().BoolVar(&raw, "raw", false, "write exactly the stored bytes")
	cmd.Flags().Int64Var(&revision, "revision", 0, "this `revision` of it, from its history")
	when := c.pastFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		id, err := number("show", "ID", args[0], "`sidekeep list all` shows the IDs")
		if err != nil {
			return err
		}
		at, err := when.read()
		if err != nil {
			return err
		}
		if revision != 0 && !at.IsZero() {
			return invalid("show", "a revision and a moment were given", "give one of them")
		}
		return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
			d, fields, err := detail(ctx, s, id, revision, at)
			if err != nil {
				return err
			}
			if raw {
				_, _ = c.out.Write(d.Body) // a failed write is remembered by the writer
				return nil
			}
			out := shown{ItemDetail: d, Fields: []shownField{}}
			for _, f := range fields {
				out.Fields = append(out.Fields, shownField{f.Name, f.Label, f.Value, f.Type})
			}
			if c.json {
				c.printJSON(out)
				return nil
			}
			c.sayAt(at)
			c.printShown(out)
			return nil
		})
	}
	return cmd
}

// detail is an object now, at a moment, or one revision of it.
func detail(ctx context.Context, s *service.Service, id, revision int64, at time.Time) (service.ItemDetail, []present.Field, error) {
	p := present.FromService(s)
	if revision == 0 {
		d, err := p.ShowAt(ctx, id, at)
		if err != nil {
			return d, nil, err
		}
		fields, err := p.FieldsAt(ctx, id, at)
		return d, fields, err
	}
	d, err := p.RevisionDetail(ctx, revision)
	if err == nil && d.ID != id {
		err = invalid("show", fmt.Sprintf("revision %d is not one of object %d", revision, id), fmt.Sprintf("`sidekeep history %d` shows its revisions", id))
	}
	if err != nil {
		return d, nil, err
	}
	fields, err := p.RevisionFields(ctx, revision)
	return d, fields, err
}

const sayHeld = "this object is missing on the server since %s and kept here"

func (c *command) printShown(d shown) {
	c.printf("%s %d: %s\n", d.Kind, d.ID, clean(d.Title))
	t := table{head: []string{"FIELD", "KIND", "VALUE"}}
	t.add("(account)", "", d.Account)
	t.add("(collection)", "", d.Collection)
	t.add("(address)", "", d.Href)
	for _, f := range d.Fields {
		t.add(f.Name, f.Label, f.Value)
	}
	c.print(&t)
	c.printf("%s, first seen %s, %s\n", count(d.Size, "byte", "bytes"), moment(&d.SeenAt), count(d.Revisions, "revision", "revisions"))
	if d.Held {
		c.note(sayHeld, moment(d.HeldSince))
	}
	for _, p := range d.Problems {
		c.note("not understood: %s", p)
	}
}

func (c *command) log() *cobra.Command {
	limit, run := 50, int64(0)
	cmd := &cobra.Command{Use: "log", Short: "List the runs, newest first, or what one of them changed", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 0 {
				return invalid("log", "the limit is below zero", "use --limit 0 for all")
			}
			if cmd.Flags().Changed("changes") && run <= 0 {
				return invalid("log", "this is no run", "`sidekeep log` shows the runs")
			}
			return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
				if run > 0 {
					return c.runChanges(ctx, s, run)
				}
				return c.runs(ctx, s, limit)
			})
		}}
	cmd.Flags().IntVar(&limit, "limit", limit, "at most this `many` (0: all)")
	cmd.Flags().Int64Var(&run, "changes", 0, "what this `run` changed, object by object")
	return cmd
}

func (c *command) runs(ctx context.Context, s *service.Service, limit int) error {
	runs, err := s.Log(ctx, limit)
	if err != nil {
		return err
	}
	if c.json {
		c.printJSON(runs)
		return nil
	}
	t := table{head: []string{"RUN", "STARTED", "ACCOUNT", "COLLECTION", "OUTCOME", "OBJECTS", "NEW", "CHANGED", "DELETED", "HELD", "OWED", "MESSAGE"},
		right: map[int]bool{0: true, 5: true, 6: true, 7: true, 8: true, 9: true, 10: true}, keep: map[int]bool{1: true}, max: 80}
	for _, r := range runs {
		t.add(r.ID, moment(&r.Started), r.Account, r.Collection, outcomeOf(r), r.Objects, r.Created, r.Modified, r.Deleted, r.Held, r.Owed, r.Message)
	}
	c.write(&t, "nothing has been mirrored yet; to do it: sidekeep mirror")
	return nil
}
