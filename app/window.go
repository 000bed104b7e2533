//go:build !headless

package app

import (
	"context"
	"fmt"
	"os"

	"sidekeep/app/cli"
	"sidekeep/app/gui"
	"sidekeep/app/gui/desktop"
	"sidekeep/app/present"
	"sidekeep/app/service"
)

// display says why no window can be opened here.
var display = desktop.Display

// openWindow opens the service and its window. A vault that can't be opened is
// told in the window, and on standard error for who started it in a terminal.
func openWindow(ctx context.Context, o cli.WindowOptions) int {
	c := gui.Config{Hidden: o.Hidden, Demo: o.Demo, Version: Version(), Secrets: o.Service.Secrets, StartArgs: startArgs(o.Service)}
	s, err := service.Open(ctx, o.Service)
	if e := service.OnlyRead(err); e != nil {
		cfg := o.Service
		cfg.ReadOnly = true
		if reader, readErr := service.Open(ctx, cfg); readErr == nil {
			s, err, c.OnlyRead = reader, nil, e
		}
	}
	if err != nil {
		info := present.Explain(err)
		fmt.Fprintf(os.Stderr, "sidekeep: %s\nhint: %s\n", info.Message, info.Hint)
		c.Problem, c.Vault = err, o.Service.Dir
		if c.Vault == "" {
			c.Vault, _ = service.DefaultDir()
		}
		c.Rescue = func(ctx context.Context, to string) (service.RescueReport, error) {
			cfg := o.Service
			cfg.Dir = c.Vault
			return service.Rescue(ctx, cfg, to, nil)
		}
		c.Anew = func(ctx context.Context) (service.AnewReport, error) {
			cfg := o.Service
			cfg.Dir = c.Vault
			return service.Anew(ctx, cfg)
		}
		return gui.Run(ctx, c)
	}
	c.Service = s
	code := gui.Run(ctx, c)
	if err := s.Close(); err != nil {
		fmt.Fprintf(os.Stderr, "sidekeep: %s\n", present.Explain(err).Message)
	}
	return code
}

// startArgs are what a start at login needs to come up as this one did, but
// hidden.
func startArgs(c service.Config) []string {
	args := []string{"--background"}
	if c.Dir != "" {
		args = append(args, "--vault", c.Dir)
	}
	if c.Secrets != "" {
		args = append(args, "--secrets", c.Secrets)
	}
	return args
}
