package cli

import "github.com/spf13/cobra"

// helpJSON is a help topic: sidekeep help json.
func helpJSON() *cobra.Command {
	return &cobra.Command{Use: "json", Short: "What every command prints with --json", Long: jsonText}
}

const jsonText = `With --json every command prints one JSON document on standard output, also when
it fails. Names and meanings stay; new names may come. Times are RFC 3339. Only
help, completion and man print their text as it is.

A command that fails prints, and exits by the fault:
  {"error":{"fault","message","hint"}}
  fault is internal, offline, busy, denied, untrusted, gone, protocol, bad-object,
  held, storage, invalid or stopped. mirror and account check print their own
  document with the error in it instead, once they have begun with an account.

account add
  one account of status; with "warnings":[{"url","fault","message","hint"}] where a
  part of the account could not be looked at although the login works.
account list
  {"accounts":[as in status]}
account check NAME
  {"name","ok","principals":[url],"home_sets":[url],
   "collections":[as in mirror; objects is how many are mirrored],
   "warnings":[as in account add],"error":null or as above}
account password NAME
  {"name","ok"}
account remove NAME
  {"name","data":"kept|deleted"}
mirror
  {"accounts":[{"name","outcome":"complete|partial|held|failed","created","modified",
   "deleted","held","owed","requests","bytes_received","seconds",
   "collections":[{"name","kind":"contacts|calendar","outcome","objects","created",
   "modified","deleted","held","owed","reason"}],"warnings":[as in account add],
   "error":null or {"fault","message","hint"}}]}
  bytes_received counts bodies as they came over the network. reason is there only
  where deletions are held, objects are owed or the collection failed. warnings is
  there only where the server names a collection and does not let it be read, which
  is therefore missing here.
status
  {"accounts":[{"name","url","user","state","last_complete","collections":[{"id","name",
   "kind","objects","held","owed","last_complete","reason","color","components",
   "vanished"}],"error","secrets","warnings":[as in mirror]}],"vault":{"path","bytes","revisions"}}
  state is new, ok, partial, held, failed, running, or kept for an account that was
  removed and whose data is kept. last_complete is null until there was one.
  reason, color, components, vanished, error and warnings are left out where there
  is none.
  secrets is where the password is kept: keychain or file.
list
  [{"id","account","collection","href","uid","kind":"contact|event|task|journal|other",
   "title","start","end","due","held","revisions"}]
  start, end and due are RFC 3339, a date, a clock time without a zone
  (2006-01-02T15:04:05), or "".
show ID
  one object of list, and {"etag","size","sha256","seen_at","problems":[text],
   "fields":[{"name","label","value","type"}]}
  With --raw the stored bytes are written instead.
log
  [{"id","account","collection","kind","started","ended","outcome","full","objects",
   "created","modified","deleted","held","owed","requests","bytes_received","message"}]
  ended is null and outcome "" while a run is going on. outcome is interrupted for a
  run that was cut short. full says that the whole collection was listed.
export
  {"path","as":"folder|zip","files":[{"name","account","collection","kind","objects",
   "bytes","sha256"}],"objects","bytes","notes":[text],"seconds"}
reindex
  {"objects"}
version
  {"version","revision","go","os","arch","window"}
demo --headless
  {"vault","export"}
`
