package present

import (
	"path/filepath"
	"strings"
)

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
