// Sidekeep keeps every contact, event and task of your accounts on your own
// disk.
package main

import (
	"context"
	"os"

	"sidekeep/app"
)

func main() {
	os.Exit(app.Main(context.Background(), os.Args[1:], app.Stdio{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
