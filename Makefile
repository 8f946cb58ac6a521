# make run   start everything (first time: about a minute to install, then seconds)
# make test  everything that is checked before a change lands
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
WORKERS ?= 2
ARGS ?=

.PHONY: help run test check unit integration end-to-end attacks conformance bench bench-gate bench-analytics requirements clean

help:
	@echo 'make run          start PromptSales here; Ctrl-C stops it (ARGS="--no-brief --no-seed")'
	@echo 'make test         lint, types, layers and every test'
	@echo 'make check        lint, types and layers only'
	@echo 'make attacks      an obedient model with every injection of AgentDojo and our own'
	@echo 'make conformance  MCP Inspector and the conformance suite on all four servers (needs npm)'
	@echo 'make bench        measure it'
	@echo 'make bench-gate   measure the approval queue alone'
	@echo 'make bench-analytics  5 million facts: pipeline, queries, questions'
	@echo 'make requirements pin the requirements anew (needs uv)'
	@echo 'make clean        remove the environment and caches; .promptsales, the data, stays'

run: $(VENV)/.runtime
	@exec $(BIN)/promptsales up $(ARGS)

test: check unit integration end-to-end

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-cache

unit: $(VENV)/.dev
	$(BIN)/pytest tests/unit tests/architecture -n $(WORKERS)

integration: $(VENV)/.dev
	$(BIN)/pytest tests/integration -n $(WORKERS)

end-to-end: $(VENV)/.dev
	$(BIN)/pytest tests/end_to_end --ignore tests/end_to_end/injections

# AgentDojo's texts are read from its source, which lies where nothing can import it.
attacks: $(VENV)/attacks/.installed
	$(BIN)/pytest tests/end_to_end/injections

$(VENV)/attacks/.installed: requirements-attacks.txt $(VENV)/.dev
	$(PIP) install --require-hashes --no-deps --upgrade --target $(VENV)/attacks -r requirements-attacks.txt
	@touch $@

conformance: $(VENV)/.dev
	$(BIN)/python -m tests.conformance

bench: $(VENV)/.dev
	$(BIN)/python -m evals.bench

bench-analytics: $(VENV)/.dev
	$(BIN)/python -m evals.bench analytics

bench-gate: $(VENV)/.dev
	$(BIN)/python -m evals.bench gate

requirements:
	uv pip compile $(PINNED) requirements.in -o requirements.txt
	uv pip compile $(PINNED) -c requirements.txt requirements.in requirements-dev.in -o requirements-dev.txt
	uv pip compile $(PINNED) -c requirements.txt requirements-evals.in -o requirements-evals.txt
PINNED := --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --annotation-style line --quiet

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -not -path './portal/*' -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "PromptSales needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --no-deps -r requirements.txt
	$(PIP) install --no-deps --no-build-isolation --config-settings editable_mode=compat --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	$(PIP) install --require-hashes --no-deps -r requirements-dev.txt
	@touch $@
