# Everything a newcomer needs: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
UV := $(BIN)/uv pip

# A shop is many processes: all start from compiled files.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run run-split test test-thorough validate-peers check format docs shots simulate simulate-planted races bench bench-reservations bench-search lock clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 28

.venv/bootstrapped: requirements-bootstrap.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tradewind needs Python 3.11 or newer; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock
	@touch $@

.venv/ready-run: .venv/bootstrapped requirements.lock pyproject.toml hatch_build.py
	$(UV) install --quiet --compile-bytecode --require-hashes -r requirements.lock
	$(UV) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/ready-dev: .venv/ready-run requirements-dev.lock
	$(UV) install --quiet --compile-bytecode --require-hashes -r requirements-dev.lock
	@touch $@

run run-split: export TRADEWIND_ACCESS_LOG ?= false
run run-split: export TRADEWIND_LOG_LEVEL ?= warning
run: .venv/ready-run ## Set everything up and serve a demo shop on 127.0.0.1:8000
	$(BIN)/tradewind up --seed-demo

run-split: .venv/ready-run ## The same shop, a process a service, NATS JetStream between them
	$(BIN)/tradewind up-split --seed-demo

test: .venv/ready-dev ## Every test, on a real PostgreSQL
	$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

test-thorough: export TRADEWIND_TEST_THOROUGH := 1
test-thorough: export PYTEST_TIMEOUT := 3600
test-thorough: test ## The same, trying much more where more can be tried

validate-peers: .venv/ready-dev ## Do our Stripe and PayPal answer as theirs: STRIPE=spec3.json[.gz] PAYPAL=folder of documents
	$(BIN)/python -m tests.peers.validate $(if $(STRIPE),--stripe $(STRIPE)) $(if $(PAYPAL),--paypal $(PAYPAL))

check: .venv/ready-dev ## Format, lint, strict types, import walls, tidy
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q tests/tidy

format: .venv/ready-dev ## Format and mend what the linter can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

docs: .venv/ready-dev ## Write the generated references anew
	$(BIN)/python -m tools.reference

shots: .venv/ready-dev ## A picture of each page, into shots/
	$(BIN)/python -m tools.shots

simulate: .venv/ready-dev ## Seeded worlds of orders, payments and stock: SEEDS=1000 (docs/simulation.md)
	$(BIN)/python -m tests.simulation --seeds $(or $(SEEDS),1000) --first $(or $(FIRST),0)

simulate-planted: .venv/ready-dev ## Plant mistakes in a copy of the code, and find each
	$(BIN)/python -m tests.simulation.planted

races: .venv/ready-dev ## What many do at once to one order, article or code: TIMES=1000 (docs/races.md)
	$(BIN)/python -m tests.scenarios.races --times $(or $(TIMES),1000)

bench: .venv/ready-dev ## Measure against the floor; prints a table, writes bench/results/
	$(BIN)/python -m bench

bench-reservations: .venv/ready-dev ## Reserving stock beside a bare guarded UPDATE, and a long past; as make bench
	$(BIN)/python -m bench.reservations

bench-search: .venv/ready-dev ## Relevance and speed of the search: DATA=folder with products.jsonl(.gz) and judged queries (.csv)
	$(BIN)/python -m bench.search $(DATA) $(if $(QUERIES),--queries $(QUERIES))

COMPILE := compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: .venv/bootstrapped ## Compile the lock files anew (hashes, no address)
	$(UV) $(COMPILE) --group bootstrap -o requirements-bootstrap.lock
	$(UV) $(COMPILE) pyproject.toml --group build -o requirements.lock
	$(UV) $(COMPILE) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

clean: ## Remove the environment and the demo shop's data
	rm -rf .venv data
