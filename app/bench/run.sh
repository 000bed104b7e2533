#!/usr/bin/env bash
# Measures everything and writes RESULTS.md and results.json into FOLDER.
#
#	app/bench/run.sh HEADLESS-PROGRAM APP FOLDER [PART]
#
# PART is radicale, xandikos, cyrus, scale or history; all without it.
set -euo pipefail
cd "$(dirname "$0")/../.."
CGO_ENABLED=0 go test -tags bench -count=1 -timeout 60m -v ./app/bench -run "^TestBench\$${4:+/$4}" \
	-args -sidekeep "$1" -window "$2" -out "$3"
