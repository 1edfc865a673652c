# Two commands matter: `make demo` and `make test`. The rest are their parts; `make` alone lists them.
SHELL := /bin/bash -o pipefail
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-$(shell sha256sum requirements/run.txt | cut -c1-16)
BUILD_STAMP := $(VENV)/.build-$(shell sha256sum requirements/build.txt | cut -c1-16)
TEST_STAMP := $(VENV)/.test-$(shell cat requirements/run.txt requirements/test.txt | sha256sum | cut -c1-16)

COMPILE := env -u PIP_FIND_LINKS $(VENV)/.lock/bin/python -m piptools compile -q --generate-hashes --strip-extras --allow-unsafe --no-annotate $\
	--no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --no-input --require-hashes -r
# Several processes, each with servers of its own: these tests wait more than they compute.
SIDE_BY_SIDE := --dist loadfile --no-loadscope-reorder
# The rooms whose behaviour needs no server, whole: their branches are the floor that `make unit` holds. All else (SQL, consumers, the
# console's pages, sending) is tested over real servers by `make integration`, unmeasured: tracing doubles the processor time of Python 3.11.
WITHOUT_SERVERS := services/*/rules/*,services/ingest/*,services/orders/handlers/*,services/notify/channels/*,services/notify/http/*,$\
shared/events/*,shared/messages/*,shared/runtime/contacts/*,shared/runtime/http/*,shared/runtime/security/*
# One line for each package: the first start brings 200 MB, and silence would look like a fault.
SHOW := sed -un -e 's/^Collecting \([^ ]*\).*/    \1/p' -e '/^Installing/s/:.*//p'

.PHONY: audit bench check dashboards demo demo-browser demo-reset end-to-end fire-drill format help hooks image image-check integration
.PHONY: kubernetes lint lock manifests manifests-check proxies rehearsals schemas screenshots snippet snippet-night test types unit upgrade
.DEFAULT_GOAL := help

help:  ## this list
	@echo "Two commands matter: make demo, make test. All of them:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

demo: $(RUN_STAMP)  ## the whole of Beckon on this machine, with a shop, a carrier and phones; Ctrl-C stops it
	@exec $(BIN)/python -m deploy.local.supervisor

demo-browser: $(RUN_STAMP)  ## beside the demo: a Chromium that its push service reaches
	@exec $(BIN)/python -m deploy.local.browser

demo-reset: $(RUN_STAMP)  ## wipe what the demo remembers
	@$(BIN)/python -m deploy.local.reset

# One after the other, and nothing is installed by pip before the machine is known to have browsers.
test:  ## all tests: check, integration, end-to-end; what the machine lacks is named (on Debian, as root, installed)
	@PYTHON="$(PYTHON)" deploy/local/prerequisites.sh test
	@$(MAKE) --no-print-directory --jobs=1 check integration end-to-end

integration: $(TEST_STAMP)  ## tests over real PostgreSQL and Kafka, and the simulator
	$(BIN)/python -m pytest -n 3 $(SIDE_BY_SIDE) tests/simulator tests/integration

end-to-end: $(TEST_STAMP)  ## the stories, in Chromium and Firefox over a running Beckon
	$(BIN)/python -m pytest -n 4 $(SIDE_BY_SIDE) tests/e2e

check: $(TEST_STAMP)  ## format, lint, types, import contracts and the tests without servers with their coverage: about two minutes
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint types unit

lint: $(TEST_STAMP)  ## format, lint, import contracts, dead code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/vulture

types: $(TEST_STAMP)  ## mypy, strict
	$(BIN)/mypy

unit: $(TEST_STAMP)  ## tests without servers, and which branches they pass
	@$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 tests/unit tests/contract
	@$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --include='services/*/rules/*' --fail-under=100
	$(BIN)/coverage report --include='$(WITHOUT_SERVERS)' --fail-under=90 --format=total

bench: $(TEST_STAMP)  ## figures for docs/performance.md, each measured in one run
	$(BIN)/python -m pytest -s tests/bench

rehearsals: $(TEST_STAMP)  ## losses that an operator has to expect, on a running Beckon: what was lost or doubled, and until when
	$(BIN)/python -m pytest -s tests/rehearsals

upgrade: $(TEST_STAMP)  ## the previous release on the schema of this one, and an upgrade with its way back in a Kubernetes under load
	@deploy/local/prerequisites.sh chromium
	@deploy/local/prerequisites.sh kubernetes
	@$(MAKE) --no-print-directory image
	$(BIN)/python -m pytest -s tests/upgrade

proxies: $(TEST_STAMP)  ## the examples of docs/snippet.md for nginx and Caddy, run with a browser; both are needed
	@deploy/local/prerequisites.sh proxies
	$(BIN)/python -m pytest tests/proxies

kubernetes: $(TEST_STAMP)  ## a Kubernetes of one node on this machine, and the tests in it; its programs are compiled once (six minutes)
	@deploy/local/prerequisites.sh chromium
	@deploy/local/prerequisites.sh kubernetes
	@$(MAKE) --no-print-directory image
	$(BIN)/python -m pytest -s tests/kubernetes

image: $(BUILD_STAMP)  ## the images of the four services and of the migrations, by podman, each with the list of what is in it
	@deploy/local/prerequisites.sh image
	@$(BIN)/python -m deploy.image.build

image-check: image $(TEST_STAMP)  ## tests of the images, each started for real: about two minutes; chromium is needed
	@deploy/local/prerequisites.sh chromium
	$(BIN)/python -m pytest tests/image

audit: $(BUILD_STAMP)  ## known vulnerabilities of what images hold, as the advisory service of PyPI lists them
	@$(BIN)/python -m deploy.image.audit

format: $(TEST_STAMP)  ## format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

schemas: $(TEST_STAMP)  ## export the JSON Schemas of all events and AsyncAPI to docs/events
	$(BIN)/python -m shared.events.schemas docs/events

manifests: $(TEST_STAMP)  ## write what manifests take from elsewhere: Kafka's topics and users, and the alert rules
	$(BIN)/python -m deploy.kubernetes.kafka_resources
	$(BIN)/python -m deploy.kubernetes.monitoring_resources

manifests-check:  ## what checkov has against the manifests; the first time it installs 300 MB into the cache
	@PYTHON="$(PYTHON)" deploy/kubernetes/check.sh

dashboards: $(TEST_STAMP)  ## write the dashboards for Grafana from their data
	$(BIN)/python -m deploy.dashboards

# Prometheus and Alertmanager are Debian's, or the machine's; nothing is installed.
fire-drill: $(TEST_STAMP)  ## stop, freeze and poison a running Beckon; each cause raises its own alert, and only that: ten minutes
	$(BIN)/python -m pytest -s tests/fire_drill

# Pins with hashes; no index, no machine and no path is named in them.
lock:  ## compile the requirements anew from pyproject.toml
	@mkdir -p requirements
	$(PYTHON) -m venv $(VENV)/.lock && $(VENV)/.lock/bin/python -m pip install -q pip-tools
	$(COMPILE) -o requirements/image.txt pyproject.toml
	$(COMPILE) --extra local -o requirements/run.txt -c requirements/image.txt pyproject.toml
	$(COMPILE) --extra local --extra test -o requirements/test.txt -c requirements/run.txt pyproject.toml
	$(COMPILE) --extra build -o requirements/build.txt -c requirements/test.txt pyproject.toml
	$(COMPILE) -o requirements/manifests.txt requirements/manifests.in

$(VENV)/bin/python:
	@PYTHON="$(PYTHON)" deploy/local/prerequisites.sh python
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "beckon: $(PYTHON) could not make $(VENV)"; exit 1; }

$(RUN_STAMP): | $(VENV)/bin/python
	@echo "  installing what Beckon runs with"
	@$(INSTALL) requirements/run.txt | $(SHOW)
	@rm -f $(VENV)/.run-* && touch $@

$(TEST_STAMP): | $(RUN_STAMP)
	@echo "  installing what its tests need"
	@$(INSTALL) requirements/test.txt | $(SHOW)
	@rm -f $(VENV)/.test-* && touch $@

$(BUILD_STAMP): | $(RUN_STAMP)
	@echo "  installing what lists what images hold"
	@$(INSTALL) requirements/build.txt | $(SHOW)
	@rm -f $(VENV)/.build-* && touch $@

# A contract test holds sources and built files equal.
snippet: $(TEST_STAMP)  ## build the snippet that browsers load out of its sources
	$(BIN)/python -m services.ingest.snippet_build

snippet-night: $(TEST_STAMP)  ## the snippet's goals at their full sizes, in Chromium and Firefox; prints the figures of docs/performance.md
	$(BIN)/python -m pytest -s tests/night

# The README's pictures. Chromium is needed, and a Beckon of its own is started and wiped.
screenshots: $(TEST_STAMP)  ## the README's pictures of the console, taken anew from a running demo
	@deploy/local/prerequisites.sh chromium
	$(BIN)/python -m tests.support.screenshots docs/images
