# Every target's `##` comment is its line in `make help`.

SHELL := /bin/bash
# Passed to `united-pharmacy serve`: make run ARGS="--port 9000".
ARGS ?=
# Groups of measurements: make bench BENCH="patient order".
BENCH ?=
# Whether the build has PostgreSQL: 1 where libpq is installed, otherwise 0. SwiftPM caches the manifest, so every target
# passes the answer in. Evaluated for each command, because Scripts/setup may install libpq first.
UP_LIBPQ ?= $(shell pkg-config --exists libpq && echo 1 || echo 0)
export UP_LIBPQ

# With the Swift runtime in the executable: the calls of it are then direct.
release := swift build -c release --static-swift-stdlib
announce-release = echo "==> Building for release (the first build compiles every dependency: several minutes on two cores)"

.DEFAULT_GOAL := help
.PHONY: run build check test package cluster bench bench-pages bench-scaling format lint openapi docs clean help

run: ## Install what is missing, build for release and serve (ARGS="--port 9000", UP_* variables)
	@Scripts/setup build
	@$(announce-release)
	@$(release) --product united-pharmacy
	@echo "==> Serving (Ctrl-C stops)"
	@exec .build/release/united-pharmacy serve $(ARGS)

build: ## Install what is missing and build everything for debugging, tests too
	@Scripts/setup build
	@swift build --build-tests

check: ## Lint, build, and run the Swift tests that start no server (fast; make test runs everything)
	@Scripts/setup build
	@Scripts/test check

test: ## Install what is missing, then lint, build and run all tests, with a summary at the end
	@Scripts/setup test
	@Scripts/test

package: ## Build for release and write a Debian package to .build/packages
	@Scripts/setup package
	@$(announce-release)
	@$(release) --product united-pharmacy
	@$(release) --product impetus-simulator
	@rm -rf .build/packages
	@Packaging/build .build/release .build/packages
	@if command -v lintian >/dev/null; then lintian --fail-on error,warning .build/packages/*.deb; fi

cluster: ## Serve with three nodes on PostgreSQL behind nginx, to try (PORT=8082)
	@Scripts/setup cluster
	@$(announce-release)
	@$(release) --product united-pharmacy
	@exec Scripts/cluster

bench: ## Compare a release build with servers in Go, Node.js and Python, and with the floors of the machine (half an hour)
	@Scripts/setup bench
	@$(announce-release)
	@$(release) --product united-pharmacy
	@$(release) --product ReferenceServer
	@$(release) --product CommitFloor
	@$(release) --product WebhookBenchmark
	@Benchmarks/run $(BENCH)

bench-pages: ## Measure pages of the developer hub in Chromium, with a release build (a minute)
	@Scripts/setup bench-pages
	@$(announce-release)
	@$(release) --product united-pharmacy
	@Benchmarks/pages

bench-scaling: ## Measure a million patients and orders on SQLite and PostgreSQL (a quarter of an hour; SIZES="1000 10000": minutes)
	@Scripts/setup bench-scaling
	@$(announce-release)
	@$(release) --product ScalingBenchmark
	@Benchmarks/scaling

format: ## Write the layout of every Swift file
	@Scripts/lint --fix

lint: ## Check Swift files and scripts, and that the tests mirror the sources
	@Scripts/lint

openapi: ## Write Documentation/openapi.json from the endpoints
	@UPDATE_GOLDEN=1 swift test --disable-xctest --filter GoldenDocumentTests

docs: ## Write the documentation of the code as pages to .build/docs
	@Scripts/setup build
	@Scripts/docs

clean: ## Remove what was built, logs, reports, pages and packages; downloaded dependencies and data stay
	@swift package clean
	@rm -rf .build/packages .build/bench .build/scaling .build/docs .build/test.log

help: ## List these targets
	@echo "United Pharmacy Partner API"
	@echo
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22
