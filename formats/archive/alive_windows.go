package archive

import "os"

// alive says whether a process of that number runs.
func alive(pid int) bool {
	p, err := os.FindProcess(pid) // on Windows this opens the process
	if err != nil {
		return false
	}
	_ = p.Release()
	return true
}
