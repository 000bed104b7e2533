#!/usr/bin/env bash
# Photographs every page of the real program, on the demo account, under Xvfb.
#
#	app/gui/screenshots.sh PROGRAM FOLDER
#
# Needs Xvfb, xdotool, dbus-run-session, ImageMagick's import, Radicale and curl
# (make deps), and Go for the vault with a past that the History page is shown on.
set -euo pipefail
program=$(realpath "$1") out=$(realpath "$2") here=$(dirname "$(realpath "$0")")
home=${TMPDIR:-/tmp}/sidekeep-screens # shown as ~
rm -rf "$home"
mkdir -p "$home"/{run,.cache,Documents} "$home/.config/fyne/io.sidekeep.Sidekeep"
chmod 700 "$home/run"
past=$home/past # a vault with a year and a half of history, and its server
mkdir "$past"
(cd "$here" && SIDEKEEP_PAST=$past CGO_ENABLED=0 go test -tags e2e -count=1 -timeout 30m -run '^TestMakePast$' ./e2e >"$home/past.log" 2>&1) &
maker=$!
export HOME=$home XDG_RUNTIME_DIR=$home/run XDG_CONFIG_HOME=$home/.config XDG_CACHE_HOME=$home/.cache \
	XDG_DATA_HOME=$home/.local/share FYNE_SCALE=1 LANG=C.UTF-8 TZ=Europe/Berlin SIDEKEEP_SECRETS=file
unset WAYLAND_DISPLAY SIDEKEEP_VAULT

# session SIZE THEME STEPS ARGUMENTS...: one run of the program. Steps are
# "key X", "type WORDS", "click X Y", "wheel X Y" (to the end), "sleep S" and
# "shot NAME", one on each line.
session() {
	local size=$1 theme=$2 steps=$3
	shift 3
	local w=${size%x*} h=${size#*x} x app
	printf '{"window.width":%d,"window.height":%d}\n' "$w" "$h" >"$HOME/.config/fyne/io.sidekeep.Sidekeep/preferences.json"
	rm -f "$home/display"
	Xvfb -displayfd 3 -screen 0 "${size}x24" -nolisten tcp 3>"$home/display" 2>/dev/null &
	x=$!
	until [ -s "$home/display" ]; do sleep 0.1; done
	DISPLAY=:$(cat "$home/display")
	export DISPLAY
	FYNE_THEME=$theme dbus-run-session -- "$program" "$@" >"$home/log" 2>&1 &
	app=$!
	local window=
	for _ in $(seq 100); do
		window=$(xdotool search --onlyvisible --name '^Sidekeep$' 2>/dev/null | head -1) && [ -n "$window" ] && break
		sleep 0.1
	done
	[ -n "$window" ] || { echo "no window came up" >&2; cat "$home/log" >&2; kill "$app" "$x"; return 1; }
	xdotool windowmove "$window" 0 0 windowsize "$window" "$w" "$h" windowfocus "$window" mousemove 1 "$((h - 2))"
	sleep 1
	while read -r what a b; do
		case $what in
		key) xdotool key --clearmodifiers "$a" ;;
		click) xdotool mousemove "$a" "$b" click 1 mousemove 1 "$((h - 2))" ;;
		type) xdotool type -- "$a${b:+ $b}" ;;
		wheel) xdotool mousemove "$a" "$b" click --repeat 40 --delay 20 5 mousemove 1 "$((h - 2))" ;;
		sleep) sleep "$a" ;;
		shot) import -window root -depth 8 -define png:compression-level=9 "$out/$a.png" ;;
		esac
	done <<<"$steps"
	xdotool key --clearmodifiers ctrl+q
	wait "$app" || true
	kill "$x"
	wait "$x" 2>/dev/null || true
}

session 1280x800 light $'sleep 5\nshot first-run'
session 1280x800 light $'sleep 8
shot overview
key ctrl+2
sleep 1
click 400 448
sleep 2
shot contacts
key ctrl+3
sleep 1
click 400 270
sleep 1
shot calendar
key ctrl+4
sleep 1
click 400 320
sleep 1
shot tasks
key ctrl+6
sleep 1
key Return
sleep 2
shot export
key ctrl+7
sleep 1
shot settings
wheel 600 600
sleep 1
shot settings-end' demo --window
session 1280x800 dark $'sleep 3
shot overview-dark
key ctrl+2
sleep 1
click 400 448
sleep 2
shot contacts-dark
key ctrl+7
sleep 1
shot settings-dark' demo --window
session 900x600 light $'sleep 3
key ctrl+2
sleep 1
click 380 448
sleep 2
shot contacts-narrow' demo --window
session 720x760 light $'sleep 3
key ctrl+7
sleep 1
shot settings-narrow' demo --window
until [ -e "$past/ready" ]; do
	kill -0 "$maker" 2>/dev/null || { cat "$home/past.log" >&2; exit 1; }
	sleep 1
done
session 1280x800 light $'sleep 3
key ctrl+5
sleep 3
click 930 300
sleep 2
click 400 669
sleep 3
shot history
click 1180 431
sleep 3
key ctrl+2
sleep 2
click 400 300
sleep 2
shot history-past
click 1193 26
sleep 2
click 400 110
type Grace Turner
sleep 2
click 400 170
sleep 2
click 650 220
sleep 2
shot history-object' --vault "$past"
session 1280x800 dark $'sleep 3
key ctrl+5
sleep 3
click 930 300
sleep 2
click 400 669
sleep 3
shot history-dark' --vault "$past"
session 720x760 light $'sleep 3
key ctrl+5
sleep 4
shot history-narrow' --vault "$past"
rm "$past/ready"
wait "$maker"

# A cloud of one's own that loses nearly everything.
cloud=$home/cloud/collection-root/robin/people
first=(Anna Ben Chloé Dilan Élodie Fatma Goran Hanna Ines Jürgen) last=(Ashdown Berg Conti Demir Eriksen Fischer Größ)
mkdir -p "$cloud"
echo '{"tag":"VADDRESSBOOK","D:displayname":"Personal"}' >"$cloud/.Radicale.props"
for i in $(seq 0 69); do
	n="${first[i % 10]} ${last[i / 10]}"
	printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:%s\r\nFN:%s\r\nN:%s;%s;;;\r\nTEL;TYPE=WORK:+49 30 23125 %03d\r\nORG:North Pier Sailing Club\r\nEND:VCARD\r\n' \
		"$i" "$n" "${last[i / 10]}" "${first[i % 10]}" "$i" >"$cloud/$i.vcf"
done
radicale --config "" --server-hosts 127.0.0.1:5989 --storage-filesystem-folder "$home/cloud" --auth-type none --logging-level error 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
until curl -s -o /dev/null http://127.0.0.1:5989/; do sleep 0.2; done
vault=$home/lost
"$program" account add http://127.0.0.1:5989/robin/ --user robin --name Home --password-stdin --vault "$vault" <<<secret >/dev/null 2>&1
"$program" mirror --vault "$vault" >/dev/null 2>&1 || true
# lose has the server lose nearly everything, and the vault notice it.
lose() {
	find "$cloud" -name '*.vcf' ! -name 0.vcf ! -name 1.vcf -delete
	rm -rf "$cloud/.Radicale.cache"
	"$program" mirror --vault "$vault" >/dev/null 2>&1 || true
}

lose
session 1280x800 light $'sleep 3
shot overview-incident
click 422 207
sleep 3
shot review
key ctrl+1
sleep 1
click 304 211
sleep 4
shot restore-plan
click 300 742
sleep 20
shot restore-receipt' --vault "$vault"
lose
session 1280x800 dark $'sleep 3
click 304 211
sleep 4
shot restore-plan-dark
click 300 742
sleep 20
shot restore-receipt-dark' --vault "$vault"
lose
session 720x760 light $'sleep 3
click 304 211
sleep 4
shot restore-plan-narrow
click 304 249
sleep 20
shot restore-receipt-narrow' --vault "$vault"
rm -rf "$home"
