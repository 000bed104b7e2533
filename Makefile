# Sidekeep. `make help` lists what can be made; `make demo` and `make test` need
# nothing but Go and make, and see to the rest.

SHELL       := /bin/bash
VERSION     ?= 0.1.0-dev+$(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS     := -s -w -X sidekeep/app.version=$(VERSION)
APP_TAGS    := migrated_fynedo
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 8s
STEP        := .ci/step

BUILD_PKGS := gcc libc6-dev pkg-config libgl-dev libegl-dev libx11-dev libxrandr-dev \
              libxinerama-dev libxcursor-dev libxi-dev libxxf86vm-dev libwayland-dev libxkbcommon-dev
RUN_PKGS   := libgl1 libgl1-mesa-dri libegl1 fonts-noto-core fonts-noto-cjk
TEST_PKGS  := xvfb xauth xdotool xclip x11-utils imagemagick dbus dbus-x11 gnome-keyring libsecret-tools \
              radicale xandikos cyrus-imapd cyrus-caldav sasl2-bin libsasl2-modules-db curl
BENCH_PKGS := vdirsyncer

HAVE_DISPLAY := $(if $(DISPLAY)$(WAYLAND_DISPLAY),yes,)

.DEFAULT_GOAL := help
.PHONY: help demo test build headless bench lint unit race e2e fuzz golden screenshots deps deps-build deps-test clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '!seen[$$1]++ {printf "  %-12s %s\n", $$1, $$2}'

ifeq ($(HAVE_DISPLAY),yes)
demo: build ## open the app on an embedded demo account (in the terminal where there is no display)
	./sidekeep demo --window
else
demo: headless ## open the app on an embedded demo account (in the terminal where there is no display)
	./sidekeep-headless demo
endif

test: deps ## install what is missing and pass all tests
	@$(STEP) "lint"         $(MAKE) --no-print-directory lint
	@$(STEP) "unit"         $(MAKE) --no-print-directory unit
	@$(STEP) "race"         $(MAKE) --no-print-directory race
	@$(STEP) "window"       $(MAKE) --no-print-directory e2e
	@$(STEP) "fuzz"         $(MAKE) --no-print-directory fuzz

build: deps-build ## build ./sidekeep, the desktop app
	go build -tags $(APP_TAGS) -ldflags "$(LDFLAGS)" -o sidekeep .

headless: ## build ./sidekeep-headless: the same commands, no window, no cgo
	CGO_ENABLED=0 go build -tags headless -ldflags "$(LDFLAGS)" -o sidekeep-headless .

lint: ## gofmt, go vet and staticcheck
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	CGO_ENABLED=0 go vet -tags ci ./...
	CGO_ENABLED=0 go vet -tags "ci bench e2e" ./app/...
	CGO_ENABLED=0 go vet -tags headless .
	CGO_ENABLED=0 GOOS=windows go vet -tags headless ./app/cli ./app/service ./app/gui/desktop ./formats/... ./sync/...
	CGO_ENABLED=0 GOOS=darwin go vet -tags headless ./app/cli ./app/service ./app/gui/desktop ./formats/... ./sync/...
	CGO_ENABLED=0 go run $(STATICCHECK) -tags ci ./...

# The window's own packages build without a display under the tag ci.
unit: ## every test but the race detector's and the real window's: real servers, faults, goldens
	CGO_ENABLED=0 go test -tags ci -timeout 15m ./...

race: ## the race detector on everything but the window's pixels
	go test -race -short -tags headless -timeout 15m $$(go list -tags headless ./... | grep -v '/app/gui$$')

e2e: deps ## drive the real app under Xvfb: add an account, mirror, export; tray and keychain
	go test -tags "$(APP_TAGS) e2e" -count=1 -timeout 10m ./app/gui/...

fuzz: ## a short run of every fuzz target (FUZZTIME=8s)
	@CGO_ENABLED=0 bash -c 'set -e; \
	for f in $$(grep -rlE "^func Fuzz" --include=*_test.go .); do \
	  for t in $$(grep -oE "^func Fuzz[A-Za-z0-9_]+" $$f | sed "s/func //"); do \
	    echo "$$(dirname $$f) $$t"; \
	    go test -tags ci -run "^$$" -fuzz "^$$t$$" -fuzztime $(FUZZTIME) "./$$(dirname $$f)"; \
	  done; \
	done'

golden: ## draw the pages' reference pictures anew
	CGO_ENABLED=0 go test -tags ci ./app/gui -run Golden -update

screenshots: deps-test ## photograph every page of the real app into assets/screenshots
	$(MAKE) --no-print-directory build VERSION=0.1.0
	app/gui/screenshots.sh ./sidekeep assets/screenshots

bench: build headless deps-test ## measure everything, beside vdirsyncer on the same servers; writes app/bench/RESULTS.md
	@[ -n "$(SKIP_DEPS)" ] || .ci/install $(BENCH_PKGS)
	app/bench/run.sh $(CURDIR)/sidekeep-headless $(CURDIR)/sidekeep $(CURDIR)/app/bench

deps: deps-build deps-test ## install the Debian packages that building and testing need

deps-build:
	@[ -n "$(SKIP_DEPS)" ] || .ci/install $(BUILD_PKGS) $(RUN_PKGS)

deps-test:
	@[ -n "$(SKIP_DEPS)" ] || .ci/install $(TEST_PKGS)

clean: ## remove what was built
	rm -f sidekeep sidekeep-headless
