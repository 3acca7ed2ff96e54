# The same commands for a person and for CI. Each target prepares what it needs (tools/setup), once.
#   make PYTHON=python3.12 …    builds .venv with another Python (3.11 or newer)

PYTHON ?= python3
export PYTHON
BIN := .venv/bin
# Most tests wait for real time rather than compute. What real time judges runs by itself: the stations that are killed,
# and what is measured at the sound server, which leaves the processor nearly idle.
WORKERS ?= 4
FAULT_SEEDS ?= 20000
FAULT_RUNS ?= 3000
LANE_RUNS ?= 100000

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
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not sound and not kills" $(PYTEST) || [ $$? -eq 5 ]
	@$(BIN)/pytest -n 2 -m kills $(PYTEST) || [ $$? -eq 5 ]
	@$(BIN)/pytest -n 3 --dist loadgroup -m sound $(PYTEST) || [ $$? -eq 5 ]

bench: ## measure the program beside its peers; each table goes into benchmarks/README.md
	@tools/setup bench
	@set -e; for program in benchmarks/bench_*.py; do echo "# $$program"; $(BIN)/python "$$program"; done

torture: ## thousands of random histories: faults, kills, lanes (FAULT_SEEDS=20000 FAULT_RUNS=3000 LANE_RUNS=100000)
	@tools/setup test
	@FAULT_RUNS=$(FAULT_RUNS) $(BIN)/pytest -n 2 -m kills tests/faults
	@FAULT_SEEDS=$(FAULT_SEEDS) $(BIN)/pytest -n 2 -m "not kills" tests/faults
	@LANE_RUNS=$(LANE_RUNS) $(BIN)/pytest -n 2 tests/playout/test_lanes_model.py

clean: ## remove .venv and build leftovers; the station's files, journal and audio cache stay
	@rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find broadcaster tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
