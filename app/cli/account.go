package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

func (c *command) account() *cobra.Command {
	cmd := &cobra.Command{Use: "account", Short: "Add, list, check and remove accounts", Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			return invalid("read the command line", "account does nothing by itself", "use `sidekeep account add`, list, check, password or remove")
		}}
	cmd.AddCommand(c.accountAdd(), c.accountList(), c.accountRemove(), c.accountCheck(), c.accountPassword())
	return cmd
}

func (c *command) accountAdd() *cobra.Command {
	var n service.NewAccount
	var stdin bool
	cmd := &cobra.Command{
		Use:   "add URL-OR-ADDRESS --user USER",
		Short: "Add an account, after proving that its login works",
		Long: `Adds an account from the URL of a CardDAV or CalDAV server, or from an e-mail
address whose provider says where its servers are. Sidekeep signs in before
anything is saved. The password is typed on a terminal, or is the first line of
standard input with --password-stdin. It goes into the keychain of this
computer; where there is none, --secrets file keeps it in a file that only you
can read, not encrypted.`,
		Example: `  sidekeep account add https://cloud.example.org --user robin
  sidekeep account add robin@example.org --password-stdin < password.txt`,
		Args: oneArg("address"),
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := cmd.Context()
			n.Address = args[0]
			return c.with(ctx, making, func(ctx context.Context, s *service.Service) error {
				var err error
				if n.Password, err = c.password(ctx, stdin, passwordPrompt(n)); err != nil {
					return err
				}
				j := s.StartAddAccount(n)
				if err := c.wait(ctx, j); err != nil {
					return err
				}
				st := j.Result().(service.AccountStatus)
				if st.Secrets == "file" {
					c.note("the password is kept in %s, which is not encrypted", filepath.Join(s.Dir(), "secrets.json"))
				}
				c.sayWarnings("", st.Warnings)
				if c.json {
					c.printJSON(st)
					return nil
				}
				c.printf("Added %s with %s. To mirror it: sidekeep mirror\n", clean(st.Name), collectionsInWords(st.Collections))
				if len(st.Collections) == 0 {
					c.note("the login works, but it has no address books and no calendars: if you expected some, see whether the address and the user name are the right ones")
				}
				return nil
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&n.User, "user", "", "user `name` at the server (default: the e-mail address)")
	f.StringVar(&n.Name, "name", "", "what to call the `account` here")
	f.BoolVar(&stdin, "password-stdin", false, "read the password from the first line of standard input")
	f.BoolVar(&n.AllowHTTP, "allow-http", false, "agree to a connection that is not encrypted, to a host that is not this computer")
	return cmd
}

func collectionsInWords(list []service.CollectionStatus) string {
	books, calendars := 0, 0
	for _, k := range list {
		if k.Kind == pim.Contacts {
			books++
		} else {
			calendars++
		}
	}
	return count(books, "address book", "address books") + " and " + count(calendars, "calendar", "calendars")
}

// passwordPrompt names the user, or the e-mail address; never a URL, which may
// have a password in it and is only looked at afterwards.
func passwordPrompt(n service.NewAccount) string {
	switch {
	case n.User != "":
		return fmt.Sprintf("Password for %s: ", n.User)
	case strings.Contains(n.Address, "@") && !strings.ContainsAny(n.Address, ":/?#"):
		return fmt.Sprintf("Password for %s: ", n.Address)
	}
	return "Password: "
}

func (c *command) accountList() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "List the accounts", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
				st, err := s.Status(ctx)
				if err != nil {
					return err
				}
				if c.json {
					c.printJSON(map[string]any{"accounts": st.Accounts})
					return nil
				}
				t := table{head: []string{"NAME", "USER", "STATE", "LAST COMPLETE", "SECRETS", "URL"}, keep: map[int]bool{3: true}}
				for _, a := range st.Accounts {
					t.add(a.Name, a.User, a.State, moment(a.LastComplete), a.Secrets, a.URL)
				}
				c.write(&t, "No accounts yet. To add one: sidekeep account add URL-OR-ADDRESS --user USER")
				return nil
			})
		}}
}

// write prints a table, or says on standard error that it is empty.
func (c *command) write(t *table, empty string) {
	if len(t.rows) == 0 {
		c.note("%s", empty)
		return
	}
	c.print(t)
}

func (c *command) accountRemove() *cobra.Command {
	keep, yes := true, false
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Remove an account; its data is kept unless you say otherwise",
		Long: `Forgets the account's login. What was mirrored stays in the vault, to list and to
export. With --keep-data=false it is deleted for good, history too: then the
account's name has to be typed once more, or --yes given.`,
		Args:              oneArg("account's name"),
		ValidArgsFunction: c.accountNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			return c.with(cmd.Context(), writing, func(ctx context.Context, s *service.Service) error {
				if !keep && !yes {
					if err := c.confirm(ctx, s, name); err != nil {
						return err
					}
				}
				err := s.RemoveAccount(ctx, name, !keep)
				if err != nil {
					return err
				}
				data := "kept"
				if !keep {
					data = "deleted"
				}
				if c.json {
					c.printJSON(map[string]string{"name": name, "data": data})
					return nil
				}
				if keep {
					c.printf("Removed %s. Its data is kept: you can still list and export it.\n", clean(name))
				} else {
					c.printf("Removed %s and deleted its data.\n", clean(name))
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&keep, "keep-data", true, "keep what was mirrored; --keep-data=false deletes it for good")
	cmd.Flags().BoolVar(&yes, "yes", false, "delete the data without asking for the name again")
	return cmd
}

// confirm asks for the account's name again before its data is deleted.
func (c *command) confirm(ctx context.Context, s *service.Service, name string) error {
	st, err := s.Status(ctx)
	if err != nil {
		return err
	}
	objects, found := 0, false
	for _, a := range st.Accounts {
		if a.Name == name {
			found = true
			for _, k := range a.Collections {
				objects += k.Objects
			}
		}
	}
	if !found {
		return s.RemoveAccount(ctx, name, true) // fails, and says which accounts there are
	}
	c.note("this deletes %s of %s and their history for good; your server is not touched", count(objects, "object", "objects"), name)
	fmt.Fprint(c.env.Stderr, "sidekeep: type the account's name to go on: ")
	typed, err := c.line(ctx)
	fmt.Fprintln(c.env.Stderr)
	if err != nil {
		return err
	}
	if strings.TrimSpace(typed) != name {
		return &pim.Error{Fault: pim.Invalid, Op: "remove account", Reason: "unconfirmed",
			Err: errors.New("the name was not typed again, so nothing was removed"), Hint: "type " + name + ", or use --yes"}
	}
	return nil
}

func (c *command) accountCheck() *cobra.Command {
	return &cobra.Command{Use: "check NAME", Short: "Sign in again and say what the account has", Args: oneArg("account's name"),
		ValidArgsFunction: c.accountNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
				rep, err := s.CheckAccount(ctx, args[0])
				if err != nil {
					return err
				}
				if c.json {
					c.printJSON(rep)
				}
				c.sayWarnings("", rep.Warnings)
				if rep.Error != nil {
					c.say(*rep.Error)
					c.code = pim.ParseFault(rep.Error.Fault).ExitCode()
					return nil
				}
				if c.json {
					return nil
				}
				c.printf("%s: the login works.\n", clean(rep.Name))
				t := table{head: []string{"COLLECTION", "KIND", "MIRRORED"}, right: map[int]bool{2: true}}
				for _, k := range rep.Collections {
					t.add(k.Name, k.Kind, k.Objects)
				}
				c.write(&t, "the account has no address books and no calendars")
				return nil
			})
		}}
}

// sayWarnings tells what of an account is missing although its login works.
func (c *command) sayWarnings(account string, warnings []service.Warning) {
	if account != "" {
		account += ": "
	}
	for _, w := range warnings {
		what := account + "a part of this account can't be read, and is missing here"
		if !strings.Contains(w.Message, w.URL) {
			what += " (" + w.URL + ")"
		}
		c.sayAbout(what, w.ErrorInfo)
	}
}

func (c *command) accountPassword() *cobra.Command {
	var stdin bool
	cmd := &cobra.Command{Use: "password NAME", Short: "Change an account's password, after proving that it works",
		Args: oneArg("account's name"), ValidArgsFunction: c.accountNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.with(cmd.Context(), writing, func(ctx context.Context, s *service.Service) error {
				p, err := c.password(ctx, stdin, fmt.Sprintf("Password for %s: ", args[0]))
				if err != nil {
					return err
				}
				if err := s.SetPassword(ctx, args[0], p); err != nil {
					return err
				}
				if c.json {
					c.printJSON(map[string]any{"name": args[0], "ok": true})
					return nil
				}
				c.printf("The new password of %s works and is kept.\n", clean(args[0]))
				return nil
			})
		}}
	cmd.Flags().BoolVar(&stdin, "password-stdin", false, "read the password from the first line of standard input")
	return cmd
}

// accountNames completes account names in the shell.
func (c *command) accountNames(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	return c.names(cmd, func(a service.AccountStatus) []string { return []string{a.Name} }), cobra.ShellCompDirectiveNoFileComp
}

// completesNames offers the vault's accounts and collections for the flags of
// those names.
func (c *command) completesNames(cmd *cobra.Command) {
	err := cmd.RegisterFlagCompletionFunc("account", c.accountNames)
	err = errors.Join(err, cmd.RegisterFlagCompletionFunc("collection", func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return c.names(cmd, func(a service.AccountStatus) (titles []string) {
			for _, k := range a.Collections {
				titles = append(titles, clean(k.Name))
			}
			return titles
		}), cobra.ShellCompDirectiveNoFileComp
	}))
	if err != nil {
		panic(err) // a slip in this package
	}
}

// names are those that pick finds in the vault's accounts; none where there is
// no vault to look into.
func (c *command) names(cmd *cobra.Command, pick func(service.AccountStatus) []string) []string {
	names := []string{}
	if c.vault == "" {
		c.vault = c.env.Getenv("SIDEKEEP_VAULT")
	}
	_ = c.with(cmd.Context(), reading, func(ctx context.Context, s *service.Service) error {
		st, err := s.Status(ctx)
		for _, a := range st.Accounts {
			names = append(names, pick(a)...)
		}
		return err
	})
	return names
}
