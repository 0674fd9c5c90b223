# Two commands do all: `make demo` shows the whole walk, `make test` proves it. Both set up what they need.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
# The user's shell may hold these; here they would only slow down or mislead.
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME VIRTUAL_ENV
comma := ,
export NO_PROXY := $(if $(NO_PROXY),$(NO_PROXY)$(comma),)127.0.0.1,localhost
export no_proxy := $(NO_PROXY)
INVOICE_CORPUS ?= ../shared/corpus
INVOICE_SCORER ?= ../shared/score/score.py
FORM ?= no-xml

.PHONY: help env demo up down test test-long check check-supply sbom lock corpus score format \
	bench-reading bench-parsing bench-suppliers bench-llm bench-tables bench-airflow bench-desk bench-load desk \
	screenshots

help: ## show what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: ## set up the environment, once (the others do it too)
	@./include/setup.sh

demo: env ## sample invoices through Airflow to gold tables, then stop
	@$(PY) -m pipelines.bootstrap demo

up: env ## the same, left running for you to use
	@$(PY) -m pipelines.bootstrap up

down: ## stop what `make up` started
	@$(PY) -m pipelines.bootstrap down

test: env ## unit, property, S3 and DAG tests
	@$(PY) -m pytest -m "not long" -n 2 --dist loadgroup $(PYTEST_ARGS)

test-long: env ## kill, fault and load rounds as well
	@$(PY) -m pytest -m long $(PYTEST_ARGS)

check: env ## lint, types, import walls, locks, secrets
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@PYTHONPATH=.:plugins .venv/bin/lint-imports --no-cache
	@$(PY) -m tests.supply.secrets_scan
	@$(PY) -m pytest -q -p no:cacheprovider tests/test_repository.py

check-supply: env ## known vulnerabilities of what is locked (asks an advisory service; says so where none answers)
	@$(PY) -m tests.supply.advisories requirements-dev.txt

sbom: env ## the bill of materials of what runs, CycloneDX JSON, into sbom.json
	@$(PY) -m tests.supply.bill requirements.txt > sbom.json && echo "sbom.json"

format: env ## let ruff mend what it can
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

lock: env ## make both locks anew from pyproject.toml
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --quiet -o requirements.txt
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --quiet -c requirements.txt -o requirements-dev.txt

corpus: env ## real documents through the whole walk into a folder lake, and their score (skips where they are not)
	@if [ -d "$(INVOICE_CORPUS)" ]; then \
		$(PY) -m pytest -q -s tests/corpus && \
		PATH="$(CURDIR)/.venv/bin:$$PATH" $(PY) $(INVOICE_SCORER) --corpus $(INVOICE_CORPUS) --form $(FORM); \
	else echo "corpus: $(INVOICE_CORPUS) is not there; set INVOICE_CORPUS to a folder of documents with truth"; fi

bench-reading: env ## reading against the plain design
	@$(PY) -m tests.benchmarks.bench_reading

bench-parsing: env ## invented invoices of random layout: found, wrong, falsely accepted; and ms CPU a page
	@$(PY) -m tests.benchmarks.bench_parsing $(BENCH_ARGS)

bench-suppliers: env ## real documents with their own suppliers' files switched off
	@INVOICE_CORPUS="$(INVOICE_CORPUS)" $(PY) -m tests.benchmarks.bench_suppliers

bench-llm: env ## rules alone against rules plus a model: BENCH_ARGS="FOLDER --base-url URL --model NAME"
	@$(PY) -m tests.benchmarks.bench_llm $(BENCH_ARGS)

bench-tables: env ## silver and gold at size
	@$(PY) -m tests.benchmarks.bench_tables

bench-airflow: env ## drop to gold in a real Airflow
	@$(PY) -m tests.benchmarks.bench_airflow

bench-load: env ## 10,000 invoices through the command line: speed, memory, calls (BENCH_ARGS="--documents 1000")
	@$(PY) -m tests.benchmarks.bench_load $(BENCH_ARGS)

bench-desk: env ## the Invoice Desk: search over 100,000 invoices, first page, 50 uploads at once
	@PYTHONPATH=.:plugins $(PY) -m tests.benchmarks.bench_desk

desk: env ## the Invoice Desk on its own at 127.0.0.1:8090, over LAKE_URL, reading what comes in
	@PYTHONPATH=.:plugins $(PY) -m invoice_desk --run

screenshots: env ## pictures of the Invoice Desk into docs/screenshots (needs Chromium)
	@PYTHONPATH=.:plugins $(PY) -m tests.desk.screenshots docs/screenshots
