# The targets of this file, each with its line of help: run `make`.
.DEFAULT_GOAL := help
GO ?= go
LINT = $(GO) tool -modfile=tools/go.mod golangci-lint

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Run the bundled server on a Stripe of its own
	$(GO) run ./examples/server

.PHONY: test
test: ## Run all tests
	$(GO) test ./...

.PHONY: race
race: ## Run all tests with the race detector, in random order
	$(GO) test -race -shuffle=on ./...

.PHONY: cover
cover: ## Run all tests and show the coverage of each package
	$(GO) test -coverprofile=coverage.out -coverpkg=./... ./...
	$(GO) tool cover -func=coverage.out | tail -n 1

.PHONY: lint
lint: ## Vet and lint
	$(GO) vet ./...
	$(LINT) run ./...

.PHONY: fuzz
fuzz: ## Run each fuzz target for a minute (FUZZTIME=10m for longer)
	@for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $${FUZZTIME:-60s} $$p || exit 1; \
		done; \
	done

.PHONY: vulncheck
vulncheck: ## Look for known vulnerabilities in what is imported (needs the network)
	$(GO) tool -modfile=tools/go.mod govulncheck ./...

.PHONY: generate
generate: ## Rewrite what is generated from hand-written files
	$(GO) generate ./...

.PHONY: tidy
tidy: ## Tidy both modules
	$(GO) mod tidy
	cd tools && $(GO) mod tidy
