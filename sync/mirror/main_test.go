package mirror_test

import (
	"flag"
	"os"
	"testing"
)

// The state machine has a smaller number of rounds than rapid's own default,
// since each of them is many runs over real HTTP; -rapid.checks gives more.
func TestMain(m *testing.M) {
	if f := flag.Lookup("rapid.checks"); f != nil {
		_ = f.Value.Set("20")
	}
	os.Exit(m.Run())
}
