//go:build !headless

package app

import (
	"context"

	"sidekeep/app/cli"
)

// openWindow is nil until there is a window.
var openWindow func(ctx context.Context, o cli.WindowOptions) int
