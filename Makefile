# Every target builds what it needs from a bare python3 (3.11 or newer); see scripts/bootstrap.
.PHONY: help setup demo test check bench soak lock clean
.DEFAULT_GOAL := help
BIN := .venv/bin

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

setup: ## install everything into .venv, hash-checked
	@scripts/bootstrap dev

demo: ## walk from a sealed haul to a checked package on a small exercise
	@scripts/bootstrap runtime
	@$(BIN)/python scripts/demo.py

check: ## format, lint, types, layers, ratchet, licences, docs: no tests of behaviour
	@scripts/bootstrap dev
	@scripts/check

test: ## make check, then every test
	@scripts/bootstrap dev
	@scripts/check
	@scripts/test

bench: ## measure speed and memory beside peers, in one run
	@scripts/bootstrap bench
	@$(BIN)/python bench/run.py $(if $(SCALE),--scale $(SCALE))

soak: ## the long tests: killed at random points, fuzzed, many small deliveries
	@scripts/bootstrap dev
	@$(BIN)/python -m pytest -m soak --timeout 3600

lock: ## pin requirements/ again from pyproject.toml
	@scripts/lock

clean: ## remove what the other targets made
	rm -rf .venv .cache demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
