# Every target's `##` comment is its line in `make help`.

SHELL := /bin/bash
# Given to `united-pharmacy serve` as they are: make run ARGS="--port 9000".
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: run test cluster bench bench-scaling format lint openapi help

run: ## Install what is missing, build for release and serve (ARGS="--port 9000", UP_* variables)
	@Scripts/setup build
	@echo "==> Building for release (the first build compiles every dependency: several minutes on two cores)"
	@UP_LIBPQ=$$(pkg-config --exists libpq && echo 1 || echo 0) swift build -c release --product united-pharmacy
	@echo "==> Serving (Ctrl-C stops)"
	@exec .build/release/united-pharmacy serve $(ARGS)

test: ## Install what is missing, then lint, build, run the Swift tests and the conformance tests
	@Scripts/setup test
	@Scripts/test

cluster: ## Serve with three nodes on PostgreSQL behind nginx, to try (PORT=8082)
	@Scripts/setup cluster
	@echo "==> Building for release (the first build compiles every dependency: several minutes on two cores)"
	@UP_LIBPQ=1 swift build -c release --product united-pharmacy
	@exec Scripts/cluster

bench: ## Measure a release build over loopback (some minutes)
	@Scripts/setup bench
	@echo "==> Building for release"
	@swift build -c release --product united-pharmacy
	@swift build -c release --product ReferenceServer
	@swift build -c release --product WebhookBenchmark
	@Benchmarks/run
	@echo "==> Measuring the delivery of webhooks"
	@.build/release/WebhookBenchmark

bench-scaling: ## Measure a million patients and orders on SQLite and PostgreSQL (a quarter of an hour; SIZES="1000 10000": minutes)
	@Scripts/setup bench-scaling
	@echo "==> Building for release"
	@UP_LIBPQ=$$(pkg-config --exists libpq && echo 1 || echo 0) swift build -c release --product ScalingBenchmark
	@Benchmarks/scaling

format: ## Settle the layout of every Swift file
	@Scripts/lint --fix

lint: ## Check the layout and the style of every Swift file
	@Scripts/lint

openapi: ## Write Documentation/openapi.json anew from the endpoints
	@UPDATE_GOLDEN=1 swift test --disable-xctest --filter GoldenDocumentTests

help: ## List these targets
	@echo "United Pharmacy Partner API"
	@echo
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22
