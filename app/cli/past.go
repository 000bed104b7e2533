package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// moments is the flag --at of a command.
type moments struct {
	text string
	cmd  *cobra.Command
	c    *command
}

const atText = "as it was at this `time`: RFC 3339, a date or a minute (its end), or words such as \"3 days ago\", yesterday"

// pastFlag adds the flag --at.
func (c *command) pastFlag(cmd *cobra.Command) *moments {
	m := &moments{cmd: cmd, c: c}
	cmd.Flags().StringVar(&m.text, "at", "", atText)
	return m
}

// read gives the moment, or the zero time where none was asked for.
func (m *moments) read() (time.Time, error) {
	if !m.cmd.Flags().Changed("at") {
		return time.Time{}, nil
	}
	now := time.Now()
	t, err := service.ParseTime(m.text, now, time.Local)
	var e *pim.Error
	if !errors.As(err, &e) || e.Reason != "future" {
		return t, err
	}
	known := false // what an incident offers, after a clock that was ahead
	_ = m.c.with(m.cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
		t, known = s.GoodAhead(ctx, m.text, now, time.Local)
		return nil
	})
	if !known {
		return time.Time{}, err
	}
	return t, nil
}

// sayAt tells which moment is shown.
func (c *command) sayAt(at time.Time) {
	if !at.IsZero() {
		c.note("as it was on %s", at.Local().Format("2006-01-02 at 15:04:05"))
	}
}

// number reads an ID or another number of a command line.
func number(op, what, text, hint string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return 0, invalid(op, fmt.Sprintf("%q is no %s", text, what), hint)
	}
	return n, nil
}

func (c *command) history() *cobra.Command {
	return &cobra.Command{
		Use:   "history ID",
		Short: "Show every state of one object, and what changed each time",
		Long: `Lists the states of one object, newest first, each with its difference to the one
before. An object that was deleted has a history too: search --deleted finds its ID.`,
		Args: oneArg("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := number("show the history", "ID", args[0], "`sidekeep list all` and `sidekeep search WORDS --deleted` show the IDs")
			if err != nil {
				return err
			}
			return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
				revs, err := s.History(ctx, id)
				if err != nil {
					return err
				}
				if c.json {
					c.printJSON(revs)
					return nil
				}
				c.printHistory(id, revs)
				if d, err := s.Show(ctx, id); err == nil && d.Held {
					c.note(sayHeld, moment(d.HeldSince))
				}
				return nil
			})
		}}
}

func (c *command) printHistory(id int64, revs []service.RevisionInfo) {
	t := table{head: []string{"REVISION", "SEEN", "SIZE", "WHAT CHANGED"}, right: map[int]bool{0: true, 2: true}, keep: map[int]bool{1: true}}
	for i, r := range revs {
		bytes := size(r.Size)
		if r.Deleted {
			bytes = ""
		}
		lines := changesInWords(r.Changes)
		switch {
		case r.Deleted:
			lines = []string{"deleted"}
		case r.SHA256 == "":
			lines = []string{"forgotten"}
		case i == len(revs)-1:
			lines = []string{"first seen: " + r.Title}
		case revs[i+1].Deleted:
			lines = append([]string{"there again"}, lines...)
		case len(lines) == 0:
			lines = []string{"nothing that is understood"}
		}
		t.add(r.ID, moment(&r.SeenAt), bytes, lines[0])
		for _, l := range lines[1:] {
			t.add("", "", "", l)
		}
	}
	c.print(&t)
	if !slices.ContainsFunc(revs, func(r service.RevisionInfo) bool { return r.SHA256 != "" }) {
		c.note("this object was forgotten, and nothing of it is kept; copies and exports made before may have it")
		return
	}
	c.printf("To see one of them: sidekeep show %d --revision REVISION\n", id)
}

func changesInWords(list []service.Change) []string {
	out := make([]string, len(list))
	for i, ch := range list {
		out[i] = ch.Text
	}
	return out
}

func (c *command) search() *cobra.Command {
	q := service.ListQuery{What: "all"}
	cmd := &cobra.Command{
		Use:   "search WORDS",
		Short: "Find objects of every kind, deleted ones too",
		Long: `Finds words by their beginnings in names, addresses, titles, notes and more.
With --deleted what was removed is searched as it last was, and --at limits it to
what had been removed by then. Without words --deleted lists all that was removed,
the last removed first, a hundred at a time.`,
		Example: "  sidekeep search plumber --deleted --at 2023\n  sidekeep search --deleted --offset 100",
		Args: func(_ *cobra.Command, args []string) error {
			if !q.Deleted && strings.TrimSpace(strings.Join(args, "")) == "" {
				return invalid("read the command line", "it is not said what to look for", "write `sidekeep search WORDS`; what was removed is listed by `sidekeep search --deleted`")
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&q.Deleted, "deleted", false, "look among what was deleted")
	f.StringVar(&q.Account, "account", "", "only this `account`")
	f.StringVar(&q.Collection, "collection", "", "only this `collection`, by title or ID")
	f.IntVar(&q.Limit, "limit", 0, "at most this `many` (0: all; 100 for --deleted without words)")
	f.IntVar(&q.Offset, "offset", 0, "leave out the first `N`")
	when := c.pastFlag(cmd)
	c.completesNames(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		if q.Limit < 0 || q.Offset < 0 {
			return invalid("search", "a limit or an offset below zero means nothing", "use --limit 0 for all and --offset 0 for the first")
		}
		if q.At, err = when.read(); err != nil {
			return err
		}
		q.Search = strings.TrimSpace(strings.Join(args, " "))
		if err := checkWords("search", q.Search); err != nil {
			return err
		}
		all := q.Search == ""
		if all && !cmd.Flags().Changed("limit") {
			q.Limit = deletedAtOnce
		}
		return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
			err := c.find(ctx, s, q, func(items []service.Item) { c.printFound(items, q.Deleted) })
			if err != nil || !all || q.Limit == 0 {
				return err
			}
			n, err := s.Count(ctx, q)
			if next := q.Offset + q.Limit; next < n {
				c.note("of %s; the next: --offset %d, all: --limit 0", count(n, "removed object", "removed objects"), next)
			}
			return err
		})
	}
	return cmd
}

// deletedAtOnce is how much of what was removed is listed where nothing is looked for.
const deletedAtOnce = 100

func (c *command) printFound(items []service.Item, deleted bool) {
	t := table{head: []string{"ID", "KIND", "TITLE", "DETAIL", "COLLECTION", "ACCOUNT"}, right: map[int]bool{0: true}, keep: map[int]bool{}}
	if deleted {
		t.head, t.keep[1] = []string{"ID", "DELETED", "KIND", "TITLE", "DETAIL", "COLLECTION", "ACCOUNT"}, true
	}
	for _, it := range items {
		title, detail := it.Title, it.Subtitle
		if it.Held {
			title += " (held)"
		}
		if it.Start != "" {
			detail = strings.TrimSpace(clock(it.Start) + " " + detail)
		}
		if deleted {
			t.add(it.ID, moment(it.DeletedAt), it.Kind, title, detail, it.Collection, it.Account)
		} else {
			t.add(it.ID, it.Kind, title, detail, it.Collection, it.Account)
		}
	}
	c.write(&t, "nothing found")
}

// runChanges is log --changes RUN.
func (c *command) runChanges(ctx context.Context, s *service.Service, run int64) error {
	rc, err := s.RunChanges(ctx, run)
	if err != nil {
		return err
	}
	if c.json {
		c.printJSON(rc)
		return nil
	}
	c.printf("Run %d, %s, %s: %s\n", rc.Run.ID, clean(rc.Run.Account+": "+rc.Run.Collection), moment(&rc.Run.Started), outcomeOf(rc.Run))
	t := table{head: []string{"ID", "WHAT", "TITLE", "CHANGES"}, right: map[int]bool{0: true}}
	for _, ch := range rc.Changes {
		t.add(ch.ID, ch.What, ch.Title, strings.Join(changesInWords(ch.Changes), "; "))
	}
	c.write(&t, "this run changed nothing")
	return nil
}

func outcomeOf(r service.RunInfo) string {
	if r.Ended == nil {
		return "unfinished"
	}
	return string(r.Outcome)
}
