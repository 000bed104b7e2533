package desktop

import (
	"errors"

	"golang.org/x/sys/windows/registry"

	"sidekeep/sync/pim"
)

// Written to the documentation of the Run key; it has not been run on Windows
// yet. Config is not used here.

const (
	runKey  = `Software\Microsoft\Windows\CurrentVersion\Run`
	runName = "Sidekeep"
)

// Enabled reports whether the value is there.
func (a Autostart) Enabled() (bool, error) {
	k, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer k.Close()
	_, _, err = k.GetStringValue(runName)
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Set writes or removes the value.
func (a Autostart) Set(on bool) error {
	fail := func(err error) error {
		if err == nil || errors.Is(err, registry.ErrNotExist) && !on {
			return nil
		}
		return &pim.Error{Fault: pim.Storage, Op: "register the start at login in", Where: runKey, Err: err}
	}
	k, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return fail(err)
	}
	defer k.Close()
	if on {
		return fail(k.SetStringValue(runName, windowsCommand(a.Program, a.Args)))
	}
	return fail(k.DeleteValue(runName))
}
