//go:build bench

package bench

import "testing"

// onShow is the real app with a full vault on a display: seconds until its
// window is on screen, and milliseconds from choosing a page until it is drawn.
type onShow struct {
	OnScreen float64  `json:"on_screen_s"`
	PeakMB   float64  `json:"peak_mb"`
	Pages    []paging `json:"pages"`
}

type paging struct {
	Page string  `json:"page"`
	MS   float64 `json:"ms"`
}

func measureWindow(t *testing.T, bin, vault string) *onShow { return nil }
