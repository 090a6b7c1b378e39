# The commands of this project. A machine needs CPython 3.11 or 3.12, make, and the package registries.

.DEFAULT_GOAL := help
.SUFFIXES:
.PHONY: help setup demo test lint lock clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
PYTHONS := $(or $(PYTHON),python3.12 python3.11 python3)
USABLE := import ensurepip, sys, venv; sys.exit(sys.implementation.name != "cpython" or sys.version_info[:2] not in ((3, 11), (3, 12)))
ONCE_FLAG := $(if $(filter-out 0 no false,$(ONCE)),--once)

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1	/p' Makefile | expand -t 16
	@echo '  PYTHON=… names the interpreter to set up with, ONCE=1 ends the demo after its story, ARGS=… goes to pytest'

setup: $(STAMP) ## make .venv with everything in it, pinned by hash; again only when the pins change

$(STAMP): requirements-dev.txt pyproject.toml
	@python=; for one in $(PYTHONS); do \
		if "$$one" -c '$(USABLE)' 2>/dev/null; then python=$$one; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'CPython 3.11 or 3.12 with venv and ensurepip is needed: install it (on Debian and Ubuntu: python3 and python3-venv) or name it with make PYTHON=…' >&2; \
		exit 1; \
	fi; \
	"$(BIN)/python" -c '$(USABLE)' 2>/dev/null || "$$python" -m venv --clear $(VENV)
	@echo 'setting up $(VENV); the first time takes about a minute'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@# setuptools is among the pins: nothing unpinned is fetched to build our own package.
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## start everything, tell the story, leave the API up until Ctrl-C
	@$(BIN)/polygraph demo $(ONCE_FLAG)

lint: $(STAMP) ## check format, style, types, layers and our own files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/polygraph check

test: lint ## lint, then run all tests
	$(BIN)/python -m pytest $(ARGS)

lock: $(STAMP) ## choose all versions anew: both requirement files and Neo4j's jars
	@# What builds our own package is pinned with the rest, so that nothing else is fetched to build it.
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && \
	$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' > "$$tools/build.in" && \
	$(BIN)/python -m venv "$$tools/venv" && \
	"$$tools/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv && \
	pin() { UV_CUSTOM_COMPILE_COMMAND='make lock' "$$tools/venv/bin/uv" pip compile --quiet --universal --upgrade \
		--python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate "$$@" pyproject.toml "$$tools/build.in"; } && \
	pin --output-file requirements.txt && \
	pin --extra local --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	$(BIN)/python -c 'from app.local import jars; jars.write_lock()'

clean: ## remove what was built; data of the local stack stays
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find app tests -name __pycache__ -type d -prune -exec rm -rf {} +
