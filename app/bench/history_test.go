//go:build bench

package bench

import (
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// history is what the benchmarks of the packages measured, by name, in
// milliseconds an operation: looking back, and judging.
type history struct {
	MS map[string]float64 `json:"ms"`
}

// measureHistory runs the benchmarks that stand beside what they measure.
func measureHistory(t *testing.T) *history {
	t.Helper()
	h := &history{MS: map[string]float64{}}
	line := regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([\d.]+) ns/op`)
	for _, of := range [][2]string{{"./sync/vault", "^BenchmarkRowsAt100kOf1M$|^BenchmarkEvidence"}, {"./sync/plan", "^BenchmarkJudge"}} {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-tags", "ci", "-run", "^$", "-bench", of[1], "-benchtime", "10x", of[0])
		cmd.Dir = "../.."
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
		}
		for _, m := range line.FindAllStringSubmatch(string(out), -1) {
			ns, err := strconv.ParseFloat(m[2], 64)
			if err != nil {
				t.Fatal(err)
			}
			h.MS[m[1]] = ns / 1e6
		}
	}
	return h
}
