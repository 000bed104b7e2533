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
// milliseconds an operation: looking back, and judging. Of some the middle of all
// operations and the shortest are known too: what else the machine does in the
// meantime only ever adds to an operation.
type history struct {
	MS     map[string]float64 `json:"ms"`
	Median map[string]float64 `json:"median_ms"`
	Least  map[string]float64 `json:"least_ms"`
}

// measureHistory runs the benchmarks that stand beside what they measure.
func measureHistory(t *testing.T) *history {
	t.Helper()
	h := &history{MS: map[string]float64{}, Median: map[string]float64{}, Least: map[string]float64{}}
	line := regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+(\s.*)$`)
	metric := regexp.MustCompile(`([\d.]+) (ns/op|median-ms|least-ms)(?:\s|$)`)
	for _, of := range [][2]string{{"./sync/vault", "^BenchmarkRowsAt100kOf1M$|^BenchmarkEvidence"}, {"./sync/plan", "^BenchmarkJudge"}} {
		cmd := exec.CommandContext(t.Context(), "go", "test", "-tags", "ci", "-run", "^$", "-bench", of[1], "-benchtime", "10x", of[0])
		cmd.Dir = "../.."
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
		}
		for _, m := range line.FindAllStringSubmatch(string(out), -1) {
			for _, of := range metric.FindAllStringSubmatch(m[2], -1) {
				n, err := strconv.ParseFloat(of[1], 64)
				if err != nil {
					t.Fatal(err)
				}
				switch of[2] {
				case "ns/op":
					h.MS[m[1]] = n / 1e6
				case "median-ms":
					h.Median[m[1]] = n
				case "least-ms":
					h.Least[m[1]] = n
				}
			}
		}
	}
	return h
}
