//go:build !unix

package vault

import "os"

// keepLocks does nothing: locks belong to descriptors here.
func keepLocks(string) (done func()) { return func() {} }

// openBeside opens the file of a vault for reading, also while SQLite has it open.
// It is closed by the function that comes with it, and by nothing else.
func openBeside(path string) (f *os.File, done func(), err error) {
	if f, err = os.Open(path); err != nil {
		return nil, nil, err
	}
	return f, func() { _ = f.Close() }, nil
}
