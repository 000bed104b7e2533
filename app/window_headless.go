//go:build headless

package app

import (
	"context"

	"sidekeep/app/cli"
)

// openWindow is nil: this build has no window, and the command line says so.
var openWindow func(ctx context.Context, o cli.WindowOptions) int

// display is nil: nothing asks for one.
var display func(ctx context.Context, getenv func(string) string) error
