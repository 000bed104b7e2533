//go:build !linux && !darwin

package realserver

import (
	"errors"
	"time"
)

const canGroup = false

type process struct{ group int }

func startProcess(string, []string, []string) (*process, error) {
	return nil, errors.ErrUnsupported
}

func (p *process) waitPort(int, time.Duration) error { return errors.ErrUnsupported }
func (p *process) stop(time.Duration)                {}
func (p *process) kill()                             {}

func groupCPU(int) time.Duration { return 0 }

func scratch() string { return "" }
