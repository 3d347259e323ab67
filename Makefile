# Every target sets up what it needs: a .venv with the versions of requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
# Tests start many processes of their own, so more of them at once than this only makes them wait for each other.
SPREAD := --numprocesses=auto --maxprocesses=4 --dist=worksteal

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench bench-memory bench-search nightly lock clean

help:  ## Show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: .venv/ready  ## The main use case on a sample repository; no API key needed
	@$(BIN)/oldhand demo

test: check  ## Lint, types, import rules, then every test but the long-running ones
	@$(BIN)/python -m pytest -q -m "not slow" $(SPREAD)

check: .venv/ready  ## Lint, types and import rules
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache > .venv/lint-imports.log || { cat .venv/lint-imports.log; exit 1; }

format: .venv/ready  ## Format the code with ruff
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

bench: .venv/ready  ## Speed and size figures, as tables
	@$(BIN)/python -m evals.bench

# DATA is a folder with the cases, REPOS one with clones of their repositories named owner+name.
bench-memory: .venv/ready  ## Memory against its goals and peers: make bench-memory DATA=… REPOS=…
	@$(BIN)/python -m evals.bench_memory --data $(DATA) --repos $(REPOS)

bench-search: .venv/ready  ## Search against its peers: make bench-search DATA=… REPOS=…
	@$(BIN)/python -m evals.bench_search --cases $(DATA)/localisation_dev.jsonl --repos $(REPOS)

nightly: .venv/ready  ## Everything in test, the long-running checks, and the deep level of recall
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-deep.lock
	@$(BIN)/python -m pytest -q -m "slow or not slow" $(SPREAD)

lock: .venv/ready  ## Pin the newest versions that pyproject.toml allows
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --generate-hashes --extra dev pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
		--no-emit-index-url --generate-hashes --extra dev --extra deep -c requirements.lock \
		pyproject.toml -o requirements-deep.lock

clean:  ## Remove what make made
	@rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/ready: requirements.lock pyproject.toml
	@echo "Setting up .venv (once; about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "oldhand needs Python 3.11 or newer: make PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@
