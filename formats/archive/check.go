package archive

import "path/filepath"

// Check says, without making or changing anything, whether Open would refuse a
// target because of what stands there. Errors: those of Open about the target.
func Check(to, as string, force bool) error {
	abs, err := filepath.Abs(to)
	if err != nil {
		return Fail("find", to, err)
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		abs = real
	}
	a := &Archive{to: abs, as: as, force: force}
	return a.look()
}
