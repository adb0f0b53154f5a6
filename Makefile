# Two commands matter: `make run` and `make test`. Everything else is for those who change the code.
# They need Python 3.11 and nothing else; see README.md.

PYTHON ?= python3.11
PORT ?= 8000
PYTEST_ARGS ?=
BIN := .venv/bin
export PORT PYTEST_ARGS

.PHONY: run test lint format bench install lock secrets help

help:
	@echo "make run    start the back office here and print its address (PORT=8000)"
	@echo "make test   run the tests (PYTEST_ARGS=\"tests/local -k port\" narrows them)"
	@echo "make lint   read the code with every tool that has an opinion on it"
	@echo "make bench  measure, one JSON object per line"
	@echo "make format lay the code out"
	@echo "make lock   choose the newest versions and write them down"

run: install
	@exec $(BIN)/python -m backoffice.local run

test: install
	@exec $(BIN)/python -m backoffice.local test

lint: install
	@exec $(BIN)/python -m backoffice.local lint

bench: install
	@exec $(BIN)/python -m backoffice.local bench

# For docker-compose.yml: make secrets > .env
secrets:
	@$(MAKE) --no-print-directory install >&2
	@exec $(BIN)/python -m backoffice.local secrets

format: install
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

install:
	@python=$$(command -v $(PYTHON) || command -v python3 || command -v python) || \
	  { echo "Python 3.11 is needed and no Python was found. Install it, or name it: make PYTHON=/path/to/python3.11 ..."; exit 1; }; \
	  "$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || python=$$(command -v python3 || echo "$$python"); \
	  "$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 is needed; $$python is another version. Name the right one: make PYTHON=/path/to/python3.11 ..."; exit 1; }; \
	  exec "$$python" -I backoffice/local/install.py

# The production lock is the development lock without the tools, so that both run the same versions.
LOCK := $(BIN)/uv pip compile pyproject.toml --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: install
	@$(LOCK) --upgrade --group dev --output-file requirements.lock
	@$(LOCK) --constraint requirements.lock --output-file requirements-production.lock
