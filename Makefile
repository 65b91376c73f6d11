# The two commands that matter: `make run` and `make test`. Each installs what it misses.

SHELL := /bin/bash
.DEFAULT_GOAL := help
RELEASE := .build/release/peal
DEBUG := .build/debug/peal
ARGS ?=
ROUNDS ?= 50
OPERATIONS ?= 1000000
UPDATE ?=
# Smaller in memory and on disk; `make build LINK=` keeps the symbols for a profiler.
LINK := -Xlinker --icf=safe -Xlinker -s

.PHONY: help run test build debug setup setup-test soundness unit client dialects browser autobahn instructions crash \
    property bench peers format clean

help: ## Show the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: build ## Build a release and serve on 127.0.0.1:8080 with the demo page (ARGS="--http-port 9000" for settings).
	@exec $(RELEASE) serve --dev $(ARGS)

build: setup ## Build the release.
	@scripts/step "Building the release (5 to 10 minutes the first time, seconds later)" \
	    swift build -c release --static-swift-stdlib --product peal $(LINK)

test: setup-test ## Run every test, with the real servers and browser that they need.
	@scripts/test

debug:
	@scripts/step "Building for tests (4 to 6 minutes the first time)" swift build --build-tests

setup:
	@scripts/setup run

setup-test:
	@scripts/setup test

soundness: ## Check format, imports, layers and file sizes.
	@scripts/soundness.sh

unit: setup debug ## Run the Swift tests only.
	@swift test --skip-build --skip BenchTests --experimental-maximum-parallelization-width 8
	@swift test --skip-build --filter BenchTests

client: setup-test ## Run the tests of the JavaScript client only.
	@scripts/test-client

dialects: setup-test debug ## Run programs that were written for other servers, unmodified.
	@scripts/test-dialects $(DEBUG)

browser: setup-test debug ## Drive the demo page in a headless browser.
	@scripts/test-demo $(DEBUG)

autobahn: setup-test ## Run the whole Autobahn test suite, 517 cases, on the WebSocket codec.
	@scripts/step "Building the echo program in release (seconds after 'make build')" \
	    swift build -c release --static-swift-stdlib --product peal-echo
	@scripts/step "Running the Autobahn test suite on epoll loops (2 to 4 minutes)" \
	    scripts/autobahn/run .build/release/peal-echo
	@scripts/step "Running the Autobahn test suite on SwiftNIO (2 to 4 minutes)" \
	    scripts/autobahn/run .build/release/peal-echo -- --nio

instructions: setup-test ## Count the instructions of what is done for every frame, and compare with those written down.
	@scripts/step "Building the workloads in release (seconds after 'make build')" \
	    swift build -c release --static-swift-stdlib --product peal-instructions
	@scripts/step "Counting" scripts/instructions .build/release/peal-instructions $(UPDATE)

crash: setup debug ## Kill the server ROUNDS times while clients and producers run (PEAL_SEED=… repeats a run).
	@PEAL_CRASH_ROUNDS=$(ROUNDS) swift test --skip-build --filter CrashTests

property: setup debug ## Compare OPERATIONS random operations on each store with a simple model (PEAL_SEED=… repeats a run).
	@PEAL_OPERATIONS=$(OPERATIONS) scripts/step "Comparing $(OPERATIONS) operations on each store" \
	    swift test --skip-build --filter anyMixOfOperationsLeavesTheModelsInbox

bench: build ## Measure Peal on this machine beside bare C loops (about 20 minutes; ARGS="--rounds 1 --only fanout,idle").
	@scripts/bench-table.py $(RELEASE) $(ARGS)

peers: build ## Measure Peal beside Nchan, uWebSockets, Centrifuge and FastAPI (about 15 minutes; ARGS="--only nchan").
	@scripts/peers/run --peal $(RELEASE) $(ARGS)

format: ## Format the sources.
	@swift format --in-place --recursive Package.swift Sources Tests

clean:
	@rm -rf .build
