# Everything starts here: `make demo` to look at it, `make test` to check it.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

# A shell that set these for another project must not reach into this one.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.PHONY: setup
setup: ## Make the virtual environment with the locked dependencies
	@$(PYTHON) ops/bootstrap.py

.PHONY: clients
clients: ## Make the environment of the independent exchange clients (for tests)
	@$(PYTHON) ops/bootstrap.py clients

.PHONY: demo
demo: setup ## Run the demo desk; options in ARGS, for example ARGS="--accounts 300"
	@exec $(BIN)/python -m ops.cli demo $(ARGS)

.PHONY: up
up: setup ## Run a desk for real use; options in ARGS
	@exec $(BIN)/python -m ops.cli up $(ARGS)

.PHONY: verify
verify: setup ## Compare the running demo desk with its exchange to the last digit
	@$(BIN)/python -m ops.cli verify $(ARGS)

.PHONY: format
format: setup ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: check
check: setup ## Formatting, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config importlinter.toml

.PHONY: audit
audit: setup ## Judge the locked packages by the snapshot of advisories (no network)
	@$(BIN)/python -m ops.audit

.PHONY: advisories
advisories: setup ## Take a new snapshot of advisories; needs a network
	@$(BIN)/python -m ops.advisories

.PHONY: sbom
sbom: setup ## List every component, as CycloneDX JSON; ARGS=FILE
	@$(BIN)/python -m ops.sbom $(ARGS)

.PHONY: secrets-scan
secrets-scan: setup ## Look for secrets in every file of every commit
	@$(BIN)/python -m ops.secret_scan

.PHONY: frontend
frontend: setup ## Build the console's frontend where its sources have changed
	@$(BIN)/python -m ops.frontend

.PHONY: test
test: setup clients frontend ## Everything that must hold, with coverage of core and daemon
	@CHROMIUM=$$($(BIN)/python -m ops.chromium) && export CHROMIUM && \
	$(MAKE) --no-print-directory check audit secrets-scan && \
	$(BIN)/python -m ops.testing $(ARGS)

SEEDS ?= 5000
SEED ?=

.PHONY: simulate
simulate: setup ## Run the order protocol in SEEDS simulated worlds, or replay SEED=123
	@if [ -n "$(SEED)" ]; then $(BIN)/python -m tests.simulation replay $(SEED) --shrink; else \
	$(BIN)/python -m tests.simulation mutants && \
	$(BIN)/python -m tests.simulation run --seeds $(SEEDS) $(ARGS); fi

.PHONY: worlds
worlds: setup ## Run SEEDS simulated worlds without the deliberate bugs
	@$(BIN)/python -m tests.simulation run --seeds $(SEEDS) $(ARGS)

.PHONY: soak
soak: setup ## Simulate worlds that no run has seen before, for eight hours; ARGS="--minutes 60"
	@$(BIN)/python -m tests.simulation run --seeds 1000000 --start $$(date +%s) --minutes 480 $(ARGS)

MINUTES ?= 0
ROUNDS ?=

.PHONY: chaos
chaos: setup ## Kill, stop and cut off real processes; ROUNDS=short, ROUNDS=storm,paused, SEED=, MINUTES=
ifeq ($(ROUNDS),short)
	@$(BIN)/python -m tests.chaos short $(if $(SEED),--seed $(SEED)) $(ARGS)
else
	@$(BIN)/python -m tests.chaos mutants && \
	$(BIN)/python -m tests.chaos run $(if $(SEED),--seed $(SEED)) --minutes $(MINUTES) \
		$(if $(ROUNDS),--rounds $(ROUNDS)) $(ARGS)
endif

.PHONY: crashes
crashes: setup ## Kill a real daemon after every transaction and write; ARGS="--done FILE" goes on later
	@$(BIN)/python -m tests.chaos sweep --quick $(if $(SEED),--seed $(SEED)) --minutes $(MINUTES) $(ARGS)

.PHONY: bench
bench: setup ## Run the benchmarks; figures go to docs/performance.md by hand
	@set -e; for script in bench/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

.PHONY: lock
lock: setup ## Resolve the dependencies anew and lock them with hashes
	@$(BIN)/python -m ops.lock

.PHONY: clean
clean: ## Remove what is built (not the state of a desk)
	@rm -rf .web .patriot/frontend .pytest_cache .mypy_cache .ruff_cache .coverage .coverage.* htmlcov
