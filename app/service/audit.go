package service

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"sidekeep/sync/dav"
	"sidekeep/sync/pim"
	syncplan "sidekeep/sync/plan"
	"sidekeep/sync/vault"
)

const problemServer = "server"

// audit compares every account in use with its server by a second road: it is
// mirrored, and then everything listed that the server has. What changes between
// the two is looked at again, so that only a difference that lasts is a problem.
// A server that can't be asked is a note.
func (s *Service) audit(ctx context.Context, j *Job, rep *VerifyReport) error {
	accounts, err := s.chosen(ctx, nil)
	if err != nil {
		return err
	}
	st, err := s.readState()
	if err != nil {
		return err
	}
	for _, a := range accounts {
		if e := st.Accounts[a.ID]; e != nil && e.Stopped {
			rep.Notes = append(rep.Notes, fmt.Sprintf("%s: its server was not asked, for it refused the last time: %s", a.Name, e.Message))
			continue
		}
		found, notes, err := s.auditAccount(ctx, j, a)
		if f := pim.FaultOf(err); err != nil && (f == pim.Stopped || f == pim.Storage) {
			return err
		}
		if err != nil {
			notes = append(notes, fmt.Sprintf("%s: its server could not be asked for everything: %s", a.Name, s.explain(err).Message))
		}
		rep.Problems = append(rep.Problems, found...)
		rep.Notes = append(rep.Notes, notes...)
	}
	return nil
}

func (s *Service) auditAccount(ctx context.Context, j *Job, a pim.Account) (problems []pim.Problem, notes []string, err error) {
	var before map[pim.Problem]bool
	for range 2 {
		if o := s.mirrorAccount(ctx, j, a); o.err != nil {
			return nil, nil, o.err
		}
		var found []pim.Problem
		if found, notes, err = s.compareWithServer(ctx, j, a); err != nil {
			return nil, notes, err
		}
		now := map[pim.Problem]bool{}
		problems = problems[:0]
		for _, p := range found {
			now[p] = true
			if before == nil || before[p] {
				problems = append(problems, p)
			}
		}
		if len(problems) == 0 {
			break
		}
		before = now
	}
	return problems, notes, nil
}

// compareWithServer lists every collection and compares it with the vault.
func (s *Service) compareWithServer(ctx context.Context, j *Job, a pim.Account) (problems []pim.Problem, notes []string, err error) {
	password, err := s.password(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	d, err := s.vault.Discovery(ctx, a.ID)
	if err != nil {
		return nil, nil, err
	}
	known, err := s.vault.Collections(ctx, a.ID)
	if err != nil {
		return nil, nil, err
	}
	client := dav.New(s.davOptions(a, password, d.Hosts))
	defer client.Close()
	for _, k := range known {
		j.update(func(p *Progress) {
			p.Account, p.Collection, p.Step, p.Done, p.Total = a.Name, k.Title(), "Comparing with the server's own list", 0, 0
		})
		name := a.Name + ": " + k.Title()
		if k.Vanished != "" {
			if k.Live > 0 {
				notes = append(notes, name+" is no longer on the server; what it had is kept here.")
			}
			continue
		}
		index, err := s.vault.Index(ctx, k.ID)
		if err != nil {
			return problems, notes, err
		}
		c := comparison{name: name, folder: folderOf(k.URL), here: make(map[string]*pim.Indexed, len(index))}
		for i := range index {
			c.here[index[i].Key] = &index[i]
		}
		if err := client.List(ctx, k.Collection, c.listed); err != nil {
			return problems, notes, err
		}
		c.left()
		if err := c.others(ctx, s.vault, client, k.Collection); err != nil {
			return problems, notes, err
		}
		problems = append(problems, c.problems...)
		if c.held > 0 {
			notes = append(notes, fmt.Sprintf("%s: %s missing on the server and kept here.", name, countOf(c.held, "object is", "objects are")))
		}
		if c.owed > 0 {
			notes = append(notes, fmt.Sprintf("%s: %s could not be fetched yet in the newest state.", name, countOf(c.owed, "object", "objects")))
		}
	}
	return problems, notes, nil
}

// comparison is of one collection.
type comparison struct {
	name       string
	folder     string                  // the collection's own key
	here       map[string]*pim.Indexed // by key; what was met on the server is taken out
	problems   []pim.Problem
	other      []*pim.Indexed // the server lists another ETag
	held, owed int
}

// countOf words a number of things.
func countOf(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return pim.Number(int64(n)) + " " + many
}

func folderOf(url string) string {
	return strings.ToLower(strings.TrimSuffix(pim.Href(url).Key(), "/") + "/")
}

// compared is how many objects with another ETag are fetched to compare bytes.
const compared = 50

// others looks whether objects with another ETag have other bytes: some servers
// tell another one at every request. Where the first of many are equal, all are
// taken to be.
func (c *comparison) others(ctx context.Context, v *vault.Vault, client *dav.Client, col pim.Collection) error {
	for i, x := range c.other {
		if i >= compared && len(c.problems) == 0 {
			return nil
		}
		same := false
		if i < compared {
			here, err := v.Body(ctx, x.Resource)
			if IsCorrupt(err) {
				continue // that is said already, and worse
			}
			if err != nil {
				return err
			}
			there, err := client.Get(ctx, col, x.Href)
			if f := pim.FaultOf(err); err != nil && f != pim.BadObject && f != pim.Gone {
				return err
			}
			same = err == nil && bytes.Equal(here.Body, there.Body)
		}
		if !same {
			c.add("the server has another state of it: its ETag differs", x.Href)
		}
	}
	return nil
}

func (c *comparison) add(what string, href pim.Href) {
	c.problems = append(c.problems, pim.Problem{Kind: problemServer, What: what, Where: fmt.Sprintf("%s (%s)", c.name, href)})
}

func (c *comparison) listed(e pim.Entry) error {
	key := e.Href.Key()
	x := c.here[key]
	delete(c.here, key)
	tag := syncplan.Validator(e.ETag, e.Modified)
	switch {
	case x == nil && !strings.HasPrefix(strings.ToLower(key), c.folder):
		// What a server lists of somewhere else is not of this collection.
	case x == nil:
		c.add("it is on the server, but not here", e.Href)
	case x.Owed:
		c.owed++
	case x.Held:
		c.add("it is on the server again, but held here as missing", e.Href)
	case tag != "" && tag != x.ETag:
		c.other = append(c.other, x)
	}
	return nil
}

// left looks at what the server did not list.
func (c *comparison) left() {
	for _, x := range c.here {
		switch {
		case x.Held:
			c.held++
		case x.Resource != 0:
			c.add("it is here, but not on the server", x.Href)
		}
	}
}
