// Package desktop is what Sidekeep needs of the machine around its window:
// starting at login, being there once only, showing a folder, and knowing
// whether there is a system tray. It draws nothing.
package desktop

// appID names Sidekeep to desktops.
const appID = "io.sidekeep.Sidekeep"
