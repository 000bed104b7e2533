package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"sidekeep/sync/pim"
)

// password reads the password: one line of standard input, or typed on a
// terminal, where it is never shown.
func (c *command) password(ctx context.Context, fromStdin bool, prompt string) (string, error) {
	f, ok := c.env.Stdin.(*os.File)
	if ok && term.IsTerminal(int(f.Fd())) {
		return c.typed(ctx, int(f.Fd()), prompt)
	}
	if fromStdin {
		line, err := c.line(ctx)
		if err != nil {
			return "", err
		}
		if line == "" {
			return "", invalid("read the password", "there is no password on standard input", "write it as the first line, for example `sidekeep account add ... --password-stdin < password.txt`")
		}
		return line, nil
	}
	return "", invalid("read the password", "the password is missing", "give it on standard input with --password-stdin, or run this in a terminal to be asked for it")
}

// typed asks on a terminal. When ctx ends the terminal gets its echo back.
func (c *command) typed(ctx context.Context, fd int, prompt string) (string, error) {
	before, err := term.GetState(fd)
	if err != nil {
		return "", invalid("read the password", err.Error(), "give it on standard input with --password-stdin")
	}
	fmt.Fprint(c.env.Stderr, clean(prompt))
	type answer struct {
		text []byte
		err  error
	}
	got := make(chan answer, 1)
	go func() { // it can't be interrupted: after ctx it ends with the program
		b, err := term.ReadPassword(fd)
		got <- answer{b, err}
	}()
	select {
	case <-ctx.Done():
		_ = term.Restore(fd, before)
		fmt.Fprintln(c.env.Stderr)
		return "", ctx.Err()
	case a := <-got:
		fmt.Fprintln(c.env.Stderr)
		if a.err != nil {
			return "", invalid("read the password", "nothing was typed", "run the command again")
		}
		if len(a.text) == 0 {
			return "", invalid("read the password", "the password is empty", "run the command again and type it; it is not shown while you type")
		}
		return string(a.text), nil
	}
}

// line reads one line of standard input, without its end.
func (c *command) line(ctx context.Context) (string, error) {
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() { // as above
		s, err := bufio.NewReader(io.LimitReader(c.env.Stdin, 1<<16)).ReadString('\n')
		got <- answer{s, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case a := <-got:
		if a.err != nil && !errors.Is(a.err, io.EOF) {
			return "", &pim.Error{Fault: pim.Storage, Op: "read standard input", Err: a.err}
		}
		return strings.TrimPrefix(strings.TrimRight(a.text, "\r\n"), "\ufeff"), nil
	}
}
