//go:build !headless

package app

import (
	"slices"
	"testing"

	"sidekeep/app/service"
)

func TestStartArgs_ComeUpWithTheSameVault(t *testing.T) {
	if got := startArgs(service.Config{}); !slices.Equal(got, []string{"--background"}) {
		t.Errorf("%v", got)
	}
	got := startArgs(service.Config{Dir: "/v", Secrets: "file"})
	if !slices.Equal(got, []string{"--background", "--vault", "/v", "--secrets", "file"}) {
		t.Errorf("%v", got)
	}
}
