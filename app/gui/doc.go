// Package gui is the window: the only package that imports Fyne. Widgets
// render the states of package present and decide nothing. Everything here
// runs on the window's thread and starts no goroutine of its own; the
// presenters do what takes time and post their results.
//
// Distances are multiples of 8, in places 4. Colours and sizes come from the
// theme in theme.go, so that light and dark change at once.
package gui
