# make demo   a made-up contact centre on http://127.0.0.1:9400, with something to hear
# make run    the server, configured by TELEGRAPHONE_*            make setup  .venv/bin/telegraphone, and no more
# make test   all tests: PostgreSQL, S3 and SQLite included       make check  style, types, layers
# make bench  how fast it is here                                 make fix    what can be mended by itself
# make chaos  ten minutes of kills on each store, and what is left of the calls after them
# make desk   the page's tests once more, over a million calls
# make e2e    real calls by a real Asterisk, each found and heard (Debian, root; it says so if it cannot)     make e2e-load  20 a second

VENV := .venv
PIP := $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet
TESTS ?= tests

.PHONY: setup setup-dev demo run test check bench chaos desk e2e e2e-load fix clean

setup: $(VENV)/.main

setup-dev: $(VENV)/.dev

demo: setup
	@exec $(VENV)/bin/telegraphone demo

run: setup
	@exec $(VENV)/bin/telegraphone serve

test: setup-dev
	$(VENV)/bin/python -m pytest -q -n 3 --dist loadfile $(TESTS)

check: setup-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m pytest -q tests/test_architecture.py tests/test_docs.py

bench: setup-dev
	$(VENV)/bin/python -m tests.bench

chaos: setup-dev
	$(VENV)/bin/python -m tests.chaos $(CHAOS)

desk: setup-dev
	MORE_CALLS=1000000 $(VENV)/bin/python -m pytest -q -n 2 --dist loadfile tests/ui

e2e: setup-dev
	$(VENV)/bin/python -m tests.e2e $(E2E)

e2e-load: setup-dev
	$(VENV)/bin/python -m tests.e2e --load $(E2E)

fix: setup-dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@sh requirements/make_venv.sh $(VENV)

$(VENV)/.main: requirements/main.txt requirements/build.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) --require-hashes --only-binary :all: -r requirements/main.txt -r requirements/build.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.main
	$(PIP) --require-hashes --only-binary :all: -r requirements/dev.txt
	@touch $@
