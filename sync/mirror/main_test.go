package mirror_test

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// The state machine has a smaller number of rounds than rapid's own default,
// since each of them is many runs over real HTTP; -rapid.checks gives more.
func TestMain(m *testing.M) {
	const checks, few = "20", "4"
	rounds := flag.Lookup("rapid.checks").Value
	_ = rounds.Set(checks)
	flag.Parse()
	if testing.Short() && rounds.String() == checks {
		_ = rounds.Set(few)
	}
	code := m.Run()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
