//go:build headless

package app

import (
	"context"

	"sidekeep/app/cli"
)

// openWindow is nil: this build has no window, and the command line says so.
var openWindow func(ctx context.Context, o cli.WindowOptions) int
