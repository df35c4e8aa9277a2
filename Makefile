# Every target is one visible command; `make run` and `make test` are the two to know.
.DEFAULT_GOAL := help
PORT ?= 8000
PY := .venv/bin/python
TESTS ?=
export PORT

help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup:
	@bin/setup

setup-dev:
	@bin/setup dev

run: setup  ## Run Housebook with a demo household on http://localhost:8000 (PORT=8080 for another)
	@$(PY) manage.py up --demo --port $(PORT)

test: setup-dev  ## Run the tests on SQLite
	$(PY) -m pytest -n auto --dist worksteal -m "not browser and not slow and not server" $(TESTS)

test-server: setup-dev  ## Run the tests on PostgreSQL and Redis (DATABASE_URL, REDIS_URL)
	$(PY) -m pytest -n auto --dist worksteal -m "not browser and not slow" --create-db $(TESTS)

test-browser: setup-dev  ## Run the journeys in headless Chromium (apt install chromium)
	$(PY) -m pytest -m browser tests/browser $(TESTS)

test-long: setup-dev  ## Run the long forms of the tests: many examples, many kills (about an hour)
	HYPOTHESIS_PROFILE=long $(PY) -m pytest -m "not browser" $(TESTS)

lint: setup-dev  ## Check style, contracts, templates, migrations and deployment settings
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports
	$(PY) -m djlint templates --lint --quiet
	$(PY) manage.py makemigrations --check --dry-run
	SITE_URL=https://housebook.example SECRET_KEY=$$($(PY) -c "import secrets; print(secrets.token_urlsafe(64))") \
		$(PY) manage.py check --deploy --fail-level WARNING

format: setup-dev  ## Format the code
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

screenshots: setup-dev  ## Draw docs/screenshots anew
	$(PY) scripts/screenshots.py docs/screenshots

bench: setup-dev  ## Measure import and pages (benchmarks/README.md)
	$(PY) benchmarks/import_speed.py
	$(PY) benchmarks/page_speed.py

fuzz: setup-dev  ## Throw broken files at every parser (MINUTES=10 for each format)
	$(PY) scripts/fuzz_parsers.py --minutes $(or $(MINUTES),10)

clean:  ## Remove the environment and caches; your data in var/ stays
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis

.PHONY: help setup setup-dev run test test-server test-browser test-long lint format screenshots bench fuzz clean
