package drill

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"sidekeep/sync/dav"
	"sidekeep/sync/mirror"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// scratchName is what scratch folders are called.
const scratchName = ".drill-*"

// puts is how many objects are on their way at once: what a client may have open
// to one host.
const puts = 4

// problemDrill is the kind of every problem that a drill finds.
const problemDrill = "drill"

// maxProblems is how many objects are named; the others are counted.
const maxProblems = 1000

// Collection is what is to be restored. Objects is ranged over once.
type Collection struct {
	Title      string // with its account, for problems
	Name       string
	Kind       pim.Kind
	Color      string
	Components []string
	Objects    iter.Seq2[vault.Stored, error]
}

// Drill is one rehearsal.
type Drill struct {
	Dir      string // where the scratch folder goes
	Describe func(pim.Kind, []byte) pim.Summary
	Now      func() time.Time // nil: time.Now
	// Progress is told what is being done; it may be nil, and is called from
	// several goroutines.
	Progress func(step string, done int64)

	// harm, in tests, is told where the spool is before anything is read back.
	harm func(s *store)
}

// Result says what was compared. Problems is empty when every object came back
// byte by byte.
type Result struct {
	Objects  int64
	Bytes    int64
	Problems []pim.Problem
}

// loaded is a collection as it was put.
type loaded struct {
	title string
	made  pim.Collection
	sums  map[string]want // by file name
}

type want struct {
	sum      [32]byte
	resource int64
	href     pim.Href
}

// Run loads the collections, mirrors them back and compares. An object that the
// server does not take or gives back otherwise is a problem; an error means that
// there was no drill: Storage for the disk, Stopped, or that of Objects.
func (d *Drill) Run(ctx context.Context, collections []Collection) (Result, error) {
	const op = "rehearse a restore"
	d.Tidy()
	scratch, err := os.MkdirTemp(d.Dir, scratchName)
	if err != nil {
		return Result{}, &pim.Error{Fault: pim.Storage, Op: op, Where: d.Dir, Err: err,
			Hint: "the drill needs room for a second vault in this folder; free some space"}
	}
	defer os.RemoveAll(scratch)
	r, err := d.run(ctx, scratch, collections)
	var e *pim.Error
	if err != nil && !errors.As(err, &e) {
		f := pim.FaultOf(err)
		if errors.As(err, new(*os.PathError)) {
			f = pim.Storage
		}
		err = &pim.Error{Fault: f, Op: op, Err: err}
	}
	return r, err
}

// Tidy removes what a drill left behind that was killed. No other may be running.
func (d *Drill) Tidy() {
	left, _ := filepath.Glob(filepath.Join(d.Dir, scratchName))
	for _, p := range left {
		_ = os.RemoveAll(p) // the next one tries again
	}
}

func (d *Drill) run(ctx context.Context, scratch string, collections []Collection) (Result, error) {
	st, err := newStore(filepath.Join(scratch, "spool"))
	if err != nil {
		return Result{}, err
	}
	defer st.file.Close()
	srv, err := serve(ctx, st)
	if err != nil {
		return Result{}, err
	}
	defer srv.close()
	o := dav.Options{User: userName, Password: srv.password}
	found, err := dav.Discover(ctx, srv.url, o)
	if err != nil {
		return Result{}, err
	}
	o.Hosts = found.Hosts
	var res Result
	books, err := d.load(ctx, o, found, collections, &res)
	if err != nil {
		return res, err
	}
	if d.harm != nil {
		d.harm(st)
	}
	v, err := d.mirrorBack(ctx, srv, o, filepath.Join(scratch, "vault"))
	if err != nil {
		return res, err
	}
	return res, errors.Join(d.compare(ctx, v, books, &res), v.Close())
}

func (d *Drill) tell(step string, done int64) {
	if d.Progress != nil {
		d.Progress(step, done)
	}
}

func (r *Result) problem(what, where string) {
	if len(r.Problems) < maxProblems {
		r.Problems = append(r.Problems, pim.Problem{Kind: problemDrill, What: what, Where: where})
	}
}

// load makes the collections and puts everything into them.
func (d *Drill) load(ctx context.Context, o dav.Options, found pim.Discovery, collections []Collection, res *Result) ([]loaded, error) {
	w := dav.NewWriter(o)
	defer w.Close()
	var out []loaded
	var done atomic.Int64
	for _, c := range collections {
		home := pim.HomeSet{}
		for _, h := range found.HomeSets {
			if h.Kind == c.Kind || h.Kind == "" {
				home = h
			}
		}
		made, err := w.MakeCollection(ctx, home, c.Name, c.Kind, c.Components, c.Color)
		if err != nil {
			return nil, err
		}
		l := loaded{title: c.Title, made: made, sums: map[string]want{}}
		if err := d.put(ctx, w, &l, c, res, &done); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// put puts the objects of one collection, some at a time.
func (d *Drill) put(ctx context.Context, w *dav.Writer, l *loaded, c Collection, res *Result, done *atomic.Int64) error {
	group, ctx := errgroup.WithContext(ctx)
	next := make(chan vault.Stored, puts)
	refused := make(chan pim.Problem, puts)
	for range puts {
		group.Go(func() error {
			for s := range next {
				_, err := w.Put(ctx, pim.PutRequest{Collection: l.made, Kind: c.Kind, Body: s.Body,
					Href: pim.Href(strings.TrimSuffix(pathOf(l.made.URL), "/") + "/" + fileName(s.Resource, c.Kind))})
				if err != nil && ctx.Err() != nil {
					return ctx.Err()
				}
				if err != nil {
					refused <- pim.Problem{What: "it could not be put on a server: " + err.Error(), Where: objectName(l.title, s.Resource, s.Href)}
				}
				if n := done.Add(1); n%64 == 0 {
					d.tell("Rehearsing a restore: putting everything on a server", n)
				}
			}
			return nil
		})
	}
	collected := make(chan struct{})
	go func() {
		defer close(collected)
		for p := range refused {
			res.problem(p.What, p.Where)
		}
	}()
	err := feed(ctx, next, l, c, res)
	close(next)
	err = errors.Join(group.Wait(), err)
	close(refused)
	<-collected
	return err
}

// feed hands the objects over, and notes what is to come back.
func feed(ctx context.Context, next chan<- vault.Stored, l *loaded, c Collection, res *Result) error {
	for s, err := range c.Objects {
		if err != nil {
			return err
		}
		x := want{resource: s.Resource, href: s.Href}
		if _, err := hex.Decode(x.sum[:], []byte(s.SHA256)); err != nil {
			return err
		}
		l.sums[fileName(s.Resource, c.Kind)] = x
		res.Objects++
		res.Bytes += int64(len(s.Body))
		select {
		case next <- s:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// fileName is an object's name on the server: its number says nothing of anybody.
func fileName(resource int64, kind pim.Kind) string {
	if kind == pim.Contacts {
		return strconv.FormatInt(resource, 10) + ".vcf"
	}
	return strconv.FormatInt(resource, 10) + ".ics"
}

func pathOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	return rest[strings.IndexByte(rest, '/'):]
}

func objectName(title string, resource int64, href pim.Href) string {
	return fmt.Sprintf("%s: object %d (%s)", title, resource, href)
}

// mirrorBack signs in as a new person would, and mirrors everything.
func (d *Drill) mirrorBack(ctx context.Context, srv *server, o dav.Options, dir string) (*vault.Vault, error) {
	found, err := dav.Discover(ctx, srv.url, o)
	if err != nil {
		return nil, err
	}
	v, err := vault.Open(ctx, dir, vault.Options{Now: d.Now})
	if err != nil {
		return nil, err
	}
	a, err := v.AddAccount(ctx, pim.Account{Name: "drill", URL: srv.url, User: userName}, found, "file")
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	o.Hosts = found.Hosts
	c := dav.New(o)
	defer c.Close()
	m := mirror.Mirror{Remote: c, Vault: v, Describe: d.Describe, Now: d.Now, Progress: func(s mirror.Step) {
		d.tell("Rehearsing a restore: mirroring it back", s.Done)
	}}
	if _, err := m.Account(ctx, a); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// compare looks for every object in the scratch vault.
func (d *Drill) compare(ctx context.Context, v *vault.Vault, books []loaded, res *Result) error {
	known, err := v.Collections(ctx, 0)
	if err != nil {
		return err
	}
	ids := map[string]int64{}
	for _, k := range known {
		ids[pim.Href(k.URL).Key()] = k.ID
	}
	var done int64
	for _, l := range books {
		for s, err := range v.Bodies(ctx, ids[pim.Href(l.made.URL).Key()]) {
			if err != nil {
				return err
			}
			name := s.Href.Base()
			x, ok := l.sums[name]
			delete(l.sums, name)
			switch {
			case !ok:
				res.problem("something came back that was not put there", l.title)
			case hex.EncodeToString(x.sum[:]) != s.SHA256:
				res.problem("it came back with other bytes", objectName(l.title, x.resource, x.href))
			}
			if done++; done%256 == 0 {
				d.tell("Rehearsing a restore: comparing", done)
			}
		}
		for _, x := range l.sums {
			res.problem("it did not come back", objectName(l.title, x.resource, x.href))
		}
	}
	return nil
}
