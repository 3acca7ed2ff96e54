# The same commands for a person and for CI. Each target prepares what it needs (tools/setup), once.
#   make PYTHON=python3.12 …    builds .venv with another Python (3.11 or newer)

PYTHON ?= python3
export PYTHON
BIN := .venv/bin
# Most tests wait for real time rather than compute; what is measured at the sound server runs alone afterwards.
WORKERS ?= 4
FAULT_SEEDS ?= 20000
FAULT_RUNS ?= 400

.DEFAULT_GOAL := help
.PHONY: help demo run test lint bench torture clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile

demo: ## hear the sample station air one session, in under a minute (Nghe thử một phiên phát)
	@tools/setup demo
	@$(BIN)/broadcaster demo

run: ## run the station in this folder until Ctrl-C (Chạy đài)
	@tools/setup demo
	@$(BIN)/broadcaster run

lint: ## format, lint and types
	@tools/setup lint
	@failed=; \
	$(BIN)/ruff format --check --quiet . || failed=yes; \
	$(BIN)/ruff check --quiet --output-format concise . || failed=yes; \
	$(BIN)/mypy --no-error-summary || failed=yes; \
	[ -z "$$failed" ] && echo "format, lint, types: ok"

test: ## everything CI checks: lint, then the tests with a headless sound server (PYTEST="-k word" to choose)
	@tools/setup test
	@$(MAKE) --no-print-directory lint
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not sound" $(PYTEST) || [ $$? -eq 5 ]
	@$(BIN)/pytest -m sound $(PYTEST) || [ $$? -eq 5 ]

bench: ## measure the program beside its peers; each table goes into benchmarks/README.md
	@tools/setup bench
	@set -e; for program in benchmarks/bench_*.py; do echo "# $$program"; $(BIN)/python "$$program"; done

torture: ## random faults for an hour: simulated ones and real kills (FAULT_SEEDS=20000 FAULT_RUNS=400)
	@tools/setup test
	@FAULT_SEEDS=$(FAULT_SEEDS) FAULT_RUNS=$(FAULT_RUNS) $(BIN)/pytest -n $(WORKERS) --dist loadgroup tests/faults

clean: ## remove .venv and build leftovers; the station's files, journal and audio cache stay
	@rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find broadcaster tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
