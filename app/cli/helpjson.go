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
   "error":null or {"fault","message","hint"}}],
   "incidents":[as in incidents: those of these accounts that are open],
   "recovered":[as in incidents: those that closed by themselves just now]}
  bytes_received counts bodies as they came over the network. reason is there only
  where deletions are held, objects are owed or the collection failed. warnings is
  there only where the server names a collection and does not let it be read, which
  is therefore missing here. recovered is left out where there is none.
status
  {"accounts":[{"name","url","user","state","last_complete","collections":[{"id","name",
   "kind","objects","held","owed","last_complete","reason","color","components",
   "vanished"}],"error","secrets","warnings":[as in mirror]}],"vault":{"path","bytes","revisions"},
   "proof":{"verified_at","proven_at","copied_at","ok","problems","damaged","copy_to",
   "copy_error","notices":[{"kind":"older|drill|copy","at","runs","fault","message",
   "hint"}]},
   "incidents":[as in incidents: those that are open],"at"}
  state is new, ok, partial, held, failed, running, or kept for an account that was
  removed and whose data is kept. last_complete is null until there was one.
  reason, color, components, vanished, error and warnings are left out where there
  is none.
  notices are kept until somebody saw them in the window or ran verify, and left out
  where there is none: older is a vault that was found to be an earlier state of itself,
  with runs missing; drill and copy are the weekly proof and a copy that failed.
  secrets is where the password is kept: keychain or file. With --at at is the moment
  asked for, and the rest as it was then; error and warnings are not there.
list, search
  [{"id","account","collection","href","uid","kind":"contact|event|task|journal|other",
   "title","start","end","due","held","revisions"}]
  start, end and due are RFC 3339, a date, a clock time without a zone
  (2006-01-02T15:04:05), or "". An object that is held has
  "held_since" too: the server has it no more. What is kept for good is held, and not
  counted as that by status and mirror; search --deleted adds "deleted_at" and "deleted_run".
  Of a damaged vault the list has what can be read, with revisions 0, and the exit code is 8.
show ID
  one object of list, and {"etag","size","sha256","seen_at","problems":[text],
   "fields":[{"name","label","value","type"}]}
  With --raw the stored bytes are written instead.
history ID
  [{"id","run","seen_at","until","deleted","title","size","sha256",
   "changes":[{"what":"added|removed|changed","field","title","label","old","new",
   "text","line"}]}]
  Newest first. until is null for the state that stands. changes is the difference to
  the state before; line is -1, or the place of the property in the older state.
log
  [{"id","account","collection","kind":"contacts|calendar","started","ended","outcome",
   "full","objects","created","modified","deleted","held","owed","requests",
   "bytes_received","message"}]
  ended is null and outcome "" while a run is going on; else outcome is as in mirror, or
  interrupted for a run that was cut short. full says that the whole collection was listed.
log --changes RUN
  {"run":one of log,"changes":[{"what":"created|modified|deleted|held|back","id","href",
   "title","changes":[as in history]}]}
  back is there again after it was deleted; what came back that was only held is no change.
incidents
  [{"id","account","collection","kind","verdict","since","gone","changed","kept","message",
   "evidence":{name:number},"open","closed","closed_at","good_at"}]
  kind is contacts or calendar; it is left out, and collection is "", where the account
  as a whole is meant. verdict is
  large-deletion, slow-loss, everything-gone, collection-gone, account-emptied,
  home-changed, wrong-account, rolled-back, emptied or mass-rewrite. gone counts what is
  missing on the server and undecided, kept what is held here. closed is recovered,
  accepted, kept or put-back; it and closed_at are left out while it is open. good_at is
  the last moment when all was well, or null.
incident ID
  one of incidents, and {"objects":[{one object of list, "what":"gone|changed","before"}]}
  before is the last good revision.
incident ID accept|keep
  one of incidents
incident ID put-back
  as restore run
restore plan
  {"id","to","steps":[{"action":"create|update|identical|conflict|cannot","title","href",
   "why","item","kind":"contacts|calendar","collection"}],"counts":{action:number},
   "could_be_mailed":[{"title","href","addresses":[text]}],"notes":[text],"make":[title]}
  could_be_mailed is who could be sent mail by a restore with --as-is.
  item is the object's id, collection the one it goes into, make those that would be made.
restore run PLAN-ID
  {"id","to","state":"done|stopped","started","ended","counts":{result:number},
   "items":[{"result","title","href","why","lines","quiet","new_uid","offer"}],"notes":[text],
   "file","export":null or as in export,"seconds","error":{"fault","message","hint"}}
  result is created, updated, identical, altered (the server stored other lines, named in
  lines), conflict, failed, skipped, not-done (not come to) or unchecked (it was being
  sent when the restore stopped: the server may have it). counts has the same words.
  error is why it stopped, and is left out where it did not. file is the receipt
  beside the vault. quiet names the lines that got SCHEDULE-AGENT=CLIENT so that nobody
  is invited. Empty parts of items, and export, are left out.
restore list
  [{"id","to","state":"planned|running|stopped|done","created","started","ended",
   "counts":{action:number},"results":{result:number},"what","superseded"}]
  The actions are those of steps as in restore plan, the results as in restore run. what
  says in words what is put back.
  superseded is the restore that took the place of this one, which can't be gone on
  with; it is left out where there is none.
restore show PLAN-ID
  {"plan":as in restore plan,"receipt":null or as in restore run}
  receipt is null before the restore was begun. Its state is running while the restore
  goes on, and stopped where its program ended in the middle: then ended has no meaning.
forget ID
  {"id","forgotten"}
thin
  {"revisions","bytes","objects","oldest","done"}
  done is false without --yes: then it is what could go.
export
  {"path","as":"folder|zip","files":[{"name","account","collection",
   "kind":"contacts|calendar","objects","bytes","sha256"}],"objects","bytes","notes":[text],
   "missing":[{"id","title","href","account","collection","objects","why"}],"seconds"}
  missing is what a damaged vault did not give: the exit code is 8 then. objects is more
  than 1 and id 0 where nothing more is known of them.
verify
  {"ok","checked":{"blobs","revisions","objects","bytes"},"problems":[{"kind":"integrity|
   blob|revision|index|older|server|drill","what","where"}],"proven_at","notes":[text],"seconds"}
  bytes are those of the blobs. proven_at is the last restore drill that succeeded, or
  null. notes say what could not be asked, such as a server that is offline. The exit code
  is 8 where ok is false.
copy
  {"path","bytes","ok","removed":[path],"seconds"}
rescue
  {"path","objects","bytes","files":[name],"problems":[as in verify]}
  problems are what could not be read; the same document is RESCUE.json in the folder.
rescue --anew
  {"vault","default","notes":[text]}
  default: it is opened from now on where no vault is named.
copy --every off
  {"to","every":"off"}
reindex
  {"objects"}
version
  {"version","revision","go","os","arch","window"}
demo --headless
  {"vault","export"}
`
