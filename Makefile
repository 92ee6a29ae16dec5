# Absolute: a relative path follows the current directory and may open an empty database.
override FOOTFALL_HOME := $(or $(FOOTFALL_HOME),$(CURDIR)/warehouse)
export FOOTFALL_HOME
# Nothing calls home, and pip has no news to tell.
export DBT_SEND_ANONYMOUS_USAGE_STATS = false
export PIP_DISABLE_PIP_VERSION_CHECK = 1

PYTHON ?= python3
BIN = .venv/bin
# What `clean` removes from FOOTFALL_HOME; a folder with anything else in it is left standing.
STATE = landing.duckdb* footfall.duckdb* marts.duckdb* predictions.duckdb* dlt ledger sample target logs run.lock
LINT = .venv-lint/bin
ORACLES = .venv-oracles/bin

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.runtime $(FOOTFALL_HOME)/landing.duckdb  ## make the environment in .venv/, from the lock

build: setup  ## ingest, transform, test, publish; the sample shop if no source is configured
	@$(BIN)/footfall sample --if-no-source
	$(BIN)/footfall run

test: .venv/.test  ## run every test but the long ones
	$(PYTEST) -m "not long"
PYTEST = $(BIN)/python -m pytest $(AT_ONCE)
AT_ONCE = --numprocesses auto --dist loadfile --no-loadscope-reorder

soak: .venv/.test  ## run the long tests, property tests EXAMPLES times as long, HISTORIES random histories, kills at each boundary and KILLS random ones, with little memory
	$(PYTEST) -m long
	FOOTFALL_EXAMPLES=$(EXAMPLES) $(PYTEST) -m hypothesis
	$(BIN)/python -m tests.pipeline.soak --histories $(HISTORIES) --seed $(SEED) $(SOAK)
	$(BIN)/python -m tests.pipeline.between_models
	$(BIN)/python -m tests.pipeline.faults --kills $(KILLS) --seed $(SEED)
	$(BIN)/python -m tests.pipeline.little_memory
EXAMPLES ?= 20
HISTORIES ?= 50
KILLS ?= 200
SEED ?= 0

lint: .venv-lint/.lint .venv/.test  ## check style, types and documentation
	$(LINT)/ruff check && $(LINT)/ruff format --check
	$(LINT)/mypy
	@rm -rf target/lint
	$(BIN)/python -m ingestion.declare
	$(BIN)/dbt --warn-error-options '{error: all, silence: [UnsupportedConstraintMaterialization]}' parse --quiet $(LINT_TARGET)
	$(BIN)/dbt seed --quiet $(LINT_TARGET) && $(BIN)/dbt run --quiet $(LINT_TARGET)
	$(BIN)/dbt docs generate --quiet --no-compile $(LINT_TARGET)
	$(LINT)/dbt-bouncer run --config-file dbt-bouncer.yml
	@mkdir target/lint/second && cp target/lint/*.duckdb target/lint/second
	$(FLUFF) models/intermediate models/staging tests & half=$$!; \
	FOOTFALL_HOME="$(FOOTFALL_HOME)/second" DBT_TARGET_PATH=target/lint/second $(FLUFF) models/features models/marts models/ops; \
	code=$$?; wait $$half && exit $$code
# The rules look at an empty warehouse of their own.
lint: override export FOOTFALL_HOME := $(CURDIR)/target/lint
# With dbt's templates it uses one core, and locks the warehouse: two halves, each with its own.
FLUFF = PATH="$(CURDIR)/$(LINT):$$PATH" $(LINT)/sqlfluff lint --disable-progress-bar
LINT_TARGET = --target-path target/lint/target --log-path target/lint/logs

docs: setup  ## write the documentation as one page, site/index.html
	@$(BIN)/dbt docs generate --static --quiet --target-path site/target
	@cp site/target/static_index.html site/index.html && echo "site/index.html"

oracles: .venv-oracles/.oracles .venv-feast/.feast .venv/.test  ## compare with other libraries, in their own environment
	FOOTFALL_ORACLES=1 $(ORACLES)/python -m pytest $(AT_ONCE) tests/oracles

references: .venv-oracles/.oracles .venv-feast/.feast  ## write anew what other libraries make of the cases in tests/oracles
	$(ORACLES)/python -m tests.oracles.write

train: .venv-examples/.examples  ## train the models of examples/, say how good they are, predict
	.venv-examples/bin/python -m examples.train $(TASKS)

bench: .venv/.test .venv-feast/.feast  ## measure ingest and build; see bench/
	$(BIN)/python -m bench

mutate: .venv/.test  ## break the project in many places; which test sees it?
	$(BIN)/python -m tests.mutate

clean:  ## remove the warehouse, what landed with it, and what dbt wrote; keeps the environment
	@[ ! -e "$(FOOTFALL_HOME)/dbt_project.yml" ] || { echo "$(FOOTFALL_HOME) is a project, no warehouse. Let FOOTFALL_HOME name a folder of its own." >&2; exit 2; }
	@if [ -x $(BIN)/python ] && [ -d "$(FOOTFALL_HOME)" ]; then $(BIN)/python -m ingestion.lock; fi
	cd "$(FOOTFALL_HOME)" 2>/dev/null && rm -rf $(STATE) || true
	rm -rf target logs site

.venv/.python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Footfall needs Python 3.11 or newer, this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 setup")'
	@$(PYTHON) -m venv .venv && touch $@

.venv/.runtime: requirements/runtime.txt pyproject.toml | .venv/.python
	$(BIN)/pip install --quiet --require-hashes -r requirements/runtime.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# So that plain dbt builds before anything was ingested.
$(FOOTFALL_HOME)/landing.duckdb: | .venv/.runtime
	@$(BIN)/python -m ingestion.declare

.venv/.test: requirements/test.txt .venv/.runtime
	$(BIN)/pip install --quiet --require-hashes -r requirements/test.txt
	@touch $@

.venv-lint/.lint: requirements/lint.txt
	$(PYTHON) -m venv .venv-lint
	$(LINT)/pip install --quiet --require-hashes -r requirements/lint.txt
	@touch $@

.venv-oracles/.oracles: requirements/oracles.txt
	$(PYTHON) -m venv .venv-oracles
	$(ORACLES)/pip install --quiet --require-hashes -r requirements/oracles.txt
	@touch $@

.venv-feast/.feast: requirements/feast.txt
	$(PYTHON) -m venv .venv-feast
	.venv-feast/bin/pip install --quiet --require-hashes -r requirements/feast.txt
	@touch $@

.venv-examples/.examples: requirements/examples.txt
	$(PYTHON) -m venv .venv-examples
	.venv-examples/bin/pip install --quiet --require-hashes -r requirements/examples.txt
	@touch $@

lock:  ## write the locks anew from pyproject.toml; needs uv
	$(LOCK) pyproject.toml --group build -o requirements/runtime.txt
	$(LOCK) pyproject.toml --group build --group test -c requirements/runtime.txt -o requirements/test.txt
	$(LOCK) pyproject.toml --group lint -c requirements/test.txt -o requirements/lint.txt
	$(LOCK) --group examples -c requirements/test.txt -o requirements/examples.txt
	$(LOCK) --group feast -o requirements/feast.txt
	$(LOCK) --group oracles -c requirements/test.txt -o requirements/oracles.txt
LOCK = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-strip-extras --no-annotate --no-header

.PHONY: help setup build test soak lint docs oracles references train bench mutate clean lock
