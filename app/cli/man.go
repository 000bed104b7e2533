package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"sidekeep/sync/pim"
)

// cause is the system's own word for what went wrong with a file.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func (c *command) man() *cobra.Command {
	var dir string
	cmd := &cobra.Command{Use: "man", Short: "Print the manual page, or write all of them into a folder", Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.Root().DisableAutoGenTag = true
			head := &doc.GenManHeader{Title: "SIDEKEEP", Section: "1", Source: "Sidekeep " + c.env.Version, Manual: "Sidekeep"}
			if dir == "" {
				return doc.GenMan(manual(cmd.Root()), head, c.out)
			}
			err := os.MkdirAll(dir, 0o755) // for everybody to read, as manual pages are
			if err == nil {
				err = doc.GenManTree(cmd.Root(), head, dir)
			}
			if err != nil {
				return &pim.Error{Fault: pim.Storage, Op: "write the manual pages to", Where: dir,
					Err: fmt.Errorf("the manual pages could not be written to %s: %w", dir, cause(err)), Hint: "choose a folder that you may write to"}
			}
			return nil
		}}
	cmd.Flags().StringVar(&dir, "dir", "", "`folder` for one page for each command")
	return cmd
}

// manual is the whole program as one command, whose one page tells of all.
func manual(root *cobra.Command) *cobra.Command {
	var b strings.Builder
	b.WriteString(root.Long + "\n\n# COMMANDS\n\n")
	var tell func(cmd *cobra.Command)
	tell = func(cmd *cobra.Command) {
		for _, k := range cmd.Commands() {
			if k.IsAdditionalHelpTopicCommand() || !k.IsAvailableCommand() || k.Name() == "help" {
				continue
			}
			if k.HasAvailableSubCommands() && k.Name() != "completion" {
				tell(k)
				continue
			}
			what := k.Long
			if what == "" || k.Name() == "completion" {
				what = k.Short + "."
			}
			fmt.Fprintf(&b, "## %s\n\n%s\n\n", strings.TrimSuffix(k.UseLine(), " [flags]"), what)
			k.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
				if f.Name != "help" {
					name, usage := pflag.UnquoteUsage(f)
					fmt.Fprintf(&b, "**--%s**: %s\n\n", strings.TrimSpace(f.Name+" "+name), usage)
				}
			})
		}
	}
	tell(root)
	b.WriteString(manualEnd)
	one := &cobra.Command{Use: root.Use, Short: root.Short, Long: b.String(), DisableAutoGenTag: true,
		Run: func(*cobra.Command, []string) {}}
	one.Flags().AddFlagSet(root.LocalFlags())
	return one
}

const manualEnd = `# ENVIRONMENT

**SIDEKEEP_VAULT**: the folder of the vault, where --vault does not say it.

**SIDEKEEP_SECRETS**: keychain or file, where --secrets does not say it.

# FILES

The vault's folder has vault.db, a SQLite 3 database with the exact bytes that the
servers gave, and, with --secrets file, secrets.json, which is not encrypted. All
are readable by their owner alone.
`
