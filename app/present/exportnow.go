package present

import (
	"path/filepath"
	"strings"
)

// Choose asks for an export of an account. One that runs goes on.
func (e *Export) Choose(account string) {
	if e.job != nil {
		return
	}
	e.What, e.Done, e.Problem, e.CanReplace = 0, nil, nil, false
	for i, t := range e.what {
		if t.account == account && t.collection == "" {
			e.What = i
		}
	}
	e.Changed()
}

// Now exports an account at once, to a new place of our own choice.
func (e *Export) Now(account string) {
	if e.job != nil {
		return
	}
	e.What, e.Kind = 0, 0
	for i, t := range e.what {
		if t.account == account && t.collection == "" {
			e.What = i
		}
	}
	e.Again()
	e.Start(false)
}

// resolve is a typed path with ~ resolved.
func (a *App) resolve(path string) string {
	to := strings.TrimSpace(path)
	if to == "~" || strings.HasPrefix(to, "~/") || strings.HasPrefix(to, `~\`) {
		to = filepath.Join(a.cfg.Home, to[1:])
	}
	return filepath.Clean(to)
}
