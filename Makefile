# One runner: every target sets up .venv by itself and does nothing twice.
# Overridable: PYTHON=python3.12   ARGS='passed on to the command'
PYTHON ?= python3
ARGS ?=
VENV := .venv
PY := $(VENV)/bin/python
PACKAGES := config connectors transforms serving pipeline

.DEFAULT_GOAL := help
.PHONY: help demo live test check lint fix bench lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.runtime ## replay the bundled market day, serve API and page
	@$(PY) -m pipeline demo $(ARGS)

live: $(VENV)/.ready ## real Kafka and PostgreSQL from packages, the market day through them; Ctrl-C stops all
	@$(PY) -m scripts.live $(ARGS)

test: $(VENV)/.ready ## run the tests
	@echo "== tests"
	@$(PY) -m pytest -n auto --dist loadfile $(ARGS)

check: lint test ## format, lint, types, layers, reducers, then tests: all that CI runs
	@echo "== all checks passed"

lint: $(VENV)/.ready
	@echo "== format"
	@$(PY) -m ruff format --check .
	@echo "== lint"
	@$(PY) -m ruff check .
	@echo "== types"
	@$(PY) -m mypy $(PACKAGES)
	@echo "== layers"
	@$(VENV)/bin/lint-imports --no-logo
	@echo "== reducers"
	@$(PY) -m scripts.lint_reducers $(PACKAGES)

fix: $(VENV)/.ready ## format, and mend what the linter can mend
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

bench: $(VENV)/.ready ## print the benchmark table
	@$(PY) -m scripts.bench $(ARGS)

lock: ## resolve pyproject.toml anew into requirements*.txt
	@PYTHON="$(PYTHON)" sh scripts/lock.sh

clean: ## remove .venv and everything generated
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .bench yieldflow.egg-info build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.runtime: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
	  "Yieldflow needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V 2>&1)." \
	  "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) scripts/set_up.py $(VENV) requirements.txt
	@touch $@

$(VENV)/.ready: $(VENV)/.runtime requirements-dev.txt
	@$(PYTHON) scripts/set_up.py $(VENV) requirements-dev.txt
	@touch $@
