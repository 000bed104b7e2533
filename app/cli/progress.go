package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"sidekeep/app/service"
)

// How often progress is shown.
const (
	barEvery  = 100 * time.Millisecond
	lineEvery = 10 * time.Second
)

// wait shows a job's progress on standard error until it ends: a bar on a
// terminal, otherwise a line every ten seconds.
func (c *command) wait(ctx context.Context, j *service.Job) error {
	fd, isTerm := terminal(c.env.Stderr)
	t := time.NewTicker(barEvery)
	defer t.Stop()
	said, last := "", time.Now()
	for {
		select {
		case <-j.Done():
			if said != "" && isTerm {
				fmt.Fprint(c.env.Stderr, "\r\x1b[K")
			}
			return j.Wait(ctx)
		case <-ctx.Done():
			err := j.Wait(ctx)
			if said != "" && isTerm {
				fmt.Fprint(c.env.Stderr, "\r\x1b[K")
			}
			return err
		case <-t.C:
			p := j.Snapshot()
			if isTerm {
				cols, _, err := term.GetSize(fd)
				if err != nil || cols < 20 {
					cols = 80
				}
				if line := bar(p, cols-1); line != said {
					fmt.Fprint(c.env.Stderr, "\r\x1b[K"+line)
					said = line
				}
				continue
			}
			// Whom it waits for is told at once; everything else has time.
			waiting := strings.HasPrefix(p.Step, "Waiting")
			if line := words(p); line != said && (waiting || time.Since(last) >= lineEvery) {
				c.note("%s", line)
				said, last = line, time.Now()
			}
		}
	}
}

// terminal says whether w is one.
func terminal(w io.Writer) (int, bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}

// words is a job's progress as text.
func words(p service.Progress) string {
	parts := []string{}
	for _, s := range []string{p.Account, p.Collection} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	step := p.Step
	if step == "" {
		step = "Working"
	}
	switch {
	case p.Total > 0:
		step += fmt.Sprintf(" %d of %d", p.Done, p.Total)
	case p.Done > 0:
		step += fmt.Sprintf(" %d", p.Done)
	}
	if p.Bytes > 0 {
		step += ", " + size(p.Bytes)
	}
	return strings.Join(append(parts, step), ": ")
}

// bar is a job's progress in one line of a terminal.
func bar(p service.Progress, cols int) string {
	text := clean(words(p))
	if p.Total <= 0 || cols < 50 {
		return clip(text, cols)
	}
	const length = 20
	full := int(min(p.Done, p.Total) * length / p.Total)
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", length-full) + "] " + clip(text, cols-length-3)
}
