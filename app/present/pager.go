package present

import (
	"context"
	"slices"
)

// Pages of this many rows are fetched at a time; this many are kept, and this
// many are on their way at once. Rows that flew by unseen are not fetched.
const (
	pageRows  = 100
	pagesKept = 40
	pagesBusy = 2
)

// Pager is a list of any length of which only the pages that are looked at
// are in memory. It lives on the window's thread.
type Pager[T any] struct {
	app     *App
	source  source[T]
	gen     int // answers of an earlier generation are dropped
	n       int
	pages   map[int][]T
	recent  []int // pages by last use, oldest first
	wanted  []int // pages asked for, oldest first
	busy    map[int]bool
	cancel  context.CancelFunc
	last    int // page looked at last
	Ready   bool
	Problem *Notice
	Changed func() // the number of rows, or rows that were missing
}

// source is where rows come from.
type source[T any] struct {
	count func(ctx context.Context) (int, error)
	rows  func(ctx context.Context, offset, limit int) ([]T, error)
}

func newPager[T any](a *App) *Pager[T] {
	return &Pager[T]{app: a, pages: map[int][]T{}, busy: map[int]bool{}, Changed: func() {}}
}

// head is the first answer of a new generation.
type head[T any] struct {
	n    int
	page int
	rows []T
}

// Load shows another list. What is shown stays until the first answer is
// here, so nothing flickers; fromTop says that it is another list, not the
// same one with new content.
func (p *Pager[T]) Load(s source[T], fromTop bool) {
	p.source = s
	if p.cancel != nil {
		p.cancel()
	}
	p.gen++
	gen := p.gen
	ctx, cancel := context.WithCancel(p.app.ctx)
	p.cancel = cancel
	page := p.last
	if fromTop {
		page = 0
	}
	async(p.app, func(context.Context) (head[T], error) {
		n, err := s.count(ctx)
		if err != nil {
			return head[T]{}, err
		}
		h := head[T]{n: n, page: max(0, min(page, (n-1)/pageRows))}
		if n > 0 {
			h.rows, err = s.rows(ctx, h.page*pageRows, pageRows)
		}
		return h, err
	}, func(h head[T], err error) {
		if gen != p.gen {
			return
		}
		p.Ready = true
		p.Problem = notice(err, p.app.Now())
		if err == nil {
			p.n, p.last = h.n, h.page
			p.pages = map[int][]T{h.page: h.rows}
			p.busy = map[int]bool{}
			p.recent, p.wanted = []int{h.page}, nil
		}
		p.Changed()
	})
}

// Clear forgets the rows at once: those to come are of another kind, and what
// is shown until then must not be opened.
func (p *Pager[T]) Clear() {
	p.gen++
	p.n, p.last, p.Ready = 0, 0, false
	p.pages, p.busy = map[int][]T{}, map[int]bool{}
	p.recent, p.wanted = nil, nil
}

// Len is the number of rows.
func (p *Pager[T]) Len() int { return p.n }

// Find gives the first row in memory that fits, or -1.
func (p *Pager[T]) Find(fits func(T) bool) int {
	best := -1
	for page, rows := range p.pages {
		if i := slices.IndexFunc(rows, fits); i >= 0 && (best < 0 || page*pageRows+i < best) {
			best = page*pageRows + i
		}
	}
	return best
}

// At gives row i, or false while it is on its way.
func (p *Pager[T]) At(i int) (row T, ok bool) {
	if i < 0 || i >= p.n {
		return row, false
	}
	page := i / pageRows
	p.last = page
	if rows, have := p.pages[page]; have {
		p.touch(page)
		if i%pageRows < len(rows) {
			return rows[i%pageRows], true
		}
		return row, false
	}
	if !p.busy[page] && !slices.Contains(p.wanted, page) {
		p.wanted = append(p.wanted, page)
		if len(p.wanted) > 4 { // scrolled past
			p.wanted = p.wanted[1:]
		}
	}
	p.pump()
	return row, false
}

// pump fetches the pages asked for last, a few at once.
func (p *Pager[T]) pump() {
	for len(p.wanted) > 0 && len(p.busy) < pagesBusy {
		page := p.wanted[len(p.wanted)-1]
		p.wanted = p.wanted[:len(p.wanted)-1]
		p.busy[page] = true
		gen, s := p.gen, p.source
		async(p.app, func(ctx context.Context) ([]T, error) {
			return s.rows(ctx, page*pageRows, pageRows)
		}, func(rows []T, err error) {
			if gen != p.gen {
				return
			}
			delete(p.busy, page)
			if err != nil {
				p.Problem = notice(err, p.app.Now())
			} else {
				p.pages[page] = rows
				p.touch(page)
				p.evict()
			}
			p.pump()
			p.Changed()
		})
	}
}

func (p *Pager[T]) touch(page int) {
	if n := len(p.recent); n > 0 && p.recent[n-1] == page {
		return
	}
	if i := slices.Index(p.recent, page); i >= 0 {
		p.recent = slices.Delete(p.recent, i, i+1)
	}
	p.recent = append(p.recent, page)
}

func (p *Pager[T]) evict() {
	for len(p.recent) > pagesKept {
		delete(p.pages, p.recent[0])
		p.recent = p.recent[1:]
	}
}
