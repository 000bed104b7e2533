package davtest

import (
	"maps"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// tenant is what a principal has while the login is taken for another one.
type tenant struct {
	homes []home
	cols  map[string]*Collection
	order []*Collection
}

// SignInAs has the login taken for the principal called who from now on, who has
// nothing at first: what AddCollection makes is theirs. With sameHomes their
// home-sets have the URLs that the last principal's have, as where the URL means
// "mine"; without, they have their own, and whatever is somebody else's answers
// 403. Taken for an earlier principal again, the login has what it had.
//
// The login of a new server is taken for "user".
func (s *Server) SignInAs(who string, sameHomes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tenants == nil {
		s.tenants = map[string]tenant{}
	}
	s.tenants[s.who] = tenant{slices.Clone(s.homes), maps.Clone(s.cols), slices.Clone(s.order)}
	next, known := s.tenants[who]
	if !known {
		next.cols = map[string]*Collection{}
		for _, h := range s.homes {
			if !sameHomes {
				h.path = strings.Replace(h.path, "/"+s.who+"/", "/"+who+"/", 1)
			}
			next.homes = append(next.homes, h)
		}
	}
	delete(s.tenants, who)
	s.who, s.homes, s.cols, s.order = who, next.homes, next.cols, next.order
}

// HidePrincipal has home-sets and collections not say whom the login is taken for
// (RFC 5397 only recommends it).
func (s *Server) HidePrincipal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hidden = true
}

// foreign says whether a decoded path is another principal's.
func (s *Server) foreign(path string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	path = slashed(path)
	mine := func(h home) bool { return strings.HasPrefix(path, h.path) }
	for who, t := range s.tenants {
		if strings.HasPrefix(path, "/dav/principals/"+who+"/") {
			return true
		}
		if slices.ContainsFunc(t.homes, mine) && !slices.ContainsFunc(s.homes, mine) {
			return true
		}
	}
	return false
}

// MoveHome has the principal name another path as its home-set of a kind. The
// collections stay where they are, and the old home-set is not there any more.
func (s *Server) MoveHome(kind pim.Kind, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.homes {
		if s.homes[i].kind == kind {
			s.homes[i].path = slashed(path)
		}
	}
}
