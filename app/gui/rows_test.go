//go:build ci

package gui

import "testing"

func TestLastThat(t *testing.T) {
	for most := range 40 {
		for edge := range most + 1 {
			for guess := range most + 3 {
				looks := 0
				got := lastThat(most, guess-1, func(n int) bool {
					if looks++; n < 1 || n > most {
						t.Fatalf("of %d it looked at %d", most, n)
					}
					return n <= edge
				})
				if got != edge {
					t.Fatalf("lastThat(%d, %d) = %d, want %d", most, guess-1, got, edge)
				}
				if near := guess-1 == edge || guess == edge; near && looks > 4 {
					t.Fatalf("a good guess took %d looks", looks)
				}
			}
		}
	}
}
