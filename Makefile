# Two commands matter: `make demo` and `make test`. The rest are their parts.
SHELL := /bin/bash -o pipefail
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-$(shell sha256sum requirements/run.txt | cut -c1-16)
TEST_STAMP := $(VENV)/.test-$(shell cat requirements/run.txt requirements/test.txt | sha256sum | cut -c1-16)

INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input --require-hashes -r
# Several processes, each with servers of its own: these tests wait more than they compute. With browsers two are the most that
# two cores bear: a third makes all of them late.
SIDE_BY_SIDE := --dist loadfile --no-loadscope-reorder
# One line for each package: the first start brings 200 MB, and silence would look like a fault.
SHOW := sed -un -e 's/^Collecting \([^ ]*\).*/    \1/p' -e '/^Installing/s/:.*//p'

.PHONY: bench check demo demo-browser demo-reset end-to-end format integration lint lock schemas snippet test types unit
.DEFAULT_GOAL := demo

demo: $(RUN_STAMP)
	@exec $(BIN)/python -m deploy.local.supervisor

# A Chromium that the demo's push service reaches; run it beside `make demo`.
demo-browser: $(RUN_STAMP)
	@exec $(BIN)/python -m deploy.local.browser

demo-reset: $(RUN_STAMP)
	@$(BIN)/python -m deploy.local.reset

test: check integration end-to-end

integration: $(TEST_STAMP)
	$(BIN)/python -m pytest -n 3 $(SIDE_BY_SIDE) tests/simulator tests/integration

end-to-end: $(TEST_STAMP)
	$(BIN)/python -m pytest -n 2 $(SIDE_BY_SIDE) tests/e2e

check: $(TEST_STAMP)
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint types unit

lint: $(TEST_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(TEST_STAMP)
	$(BIN)/mypy

unit: $(TEST_STAMP)
	$(BIN)/python -m pytest tests/unit tests/contract

# Figures, each measured in one run: see docs/performance.md.
bench: $(TEST_STAMP)
	$(BIN)/python -m pytest -s tests/bench

format: $(TEST_STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: $(TEST_STAMP)
	$(BIN)/python -m shared.events.schemas docs/events

# Pins with hashes; no index, no machine and no path is named in them.
lock:
	@mkdir -p requirements
	$(PYTHON) -m venv $(VENV)/.lock && $(VENV)/.lock/bin/pip install -q pip-tools
	env -u PIP_FIND_LINKS $(VENV)/.lock/bin/pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --extra local -o requirements/run.txt pyproject.toml
	env -u PIP_FIND_LINKS $(VENV)/.lock/bin/pip-compile -q --generate-hashes --strip-extras --allow-unsafe --no-annotate --no-header \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options --extra local --extra test -o requirements/test.txt -c requirements/run.txt pyproject.toml

$(VENV)/bin/python:
	@$(PYTHON) 2>/dev/null -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "beckon: needs Python 3.11 to 3.13 as $(PYTHON); name another with PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "beckon: needs Python's venv module (on Debian: apt-get install python3-venv)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "beckon: $(PYTHON) could not make $(VENV)"; exit 1; }

$(RUN_STAMP): | $(VENV)/bin/python
	@echo "  installing what Beckon runs with"
	@$(INSTALL) requirements/run.txt | $(SHOW)
	@rm -f $(VENV)/.run-* && touch $@

$(TEST_STAMP): | $(RUN_STAMP)
	@echo "  installing what its tests need"
	@$(INSTALL) requirements/test.txt | $(SHOW)
	@rm -f $(VENV)/.test-* && touch $@

# The snippet that browsers load, out of its sources. A contract test holds the two equal.
snippet: $(TEST_STAMP)
	$(BIN)/python -m services.ingest.snippet_build
