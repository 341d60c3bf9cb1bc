# Everything that can be done with Tocsin, by one word. `make` alone lists it.

# The first Python that is new enough; say PYTHON=... for another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
BIN := .venv/bin
WIRE ?= postgres
LOG ?= ../shared/data/servicenow_incident_event_log.csv
FILES ?=
MINUTES ?= 10
SEED ?=
TESTS ?= tests
MUTANTS ?=

.DEFAULT_GOAL := help
.PHONY: help run test test-fast check fix diagrams conformance obligations replay-real chaos mutants bench lock clean venv venv-dev

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: venv ## start everything and play the demo (WIRE=kafka: on a real Kafka); Ctrl-C ends it
	@exec $(BIN)/tocsin up --wire $(WIRE)

test: venv-dev ## all checks and all tests, on real PostgreSQL and Kafka (TESTS=path for some)
	@checked=0; $(MAKE) --no-print-directory check || checked=$$?; \
	$(BIN)/python -m pytest -n 2 --no-loadscope-reorder $(TESTS) && exit $$checked

test-fast: venv-dev ## the tests that need no server
	@$(BIN)/python -m pytest -q -m 'not (kafka or postgres or slow or system)' $(TESTS)

check: venv-dev ## style, types, import contracts
	@failed=0; for tool in \
		'ruff check --quiet --output-format concise .' \
		'ruff format --check --quiet --output-format concise .' \
		'mypy' \
		'lint-imports --no-logo'; \
	do $(BIN)/$$tool || failed=1; done; exit $$failed

fix: venv-dev ## let ruff mend and format what it can
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format .

diagrams: venv-dev ## write anew what docs/ shows of the code
	@$(BIN)/python -m docs.generate

conformance: venv-dev ## business time and clocks against other projects' cases (FILES="a.json b.json")
	@$(BIN)/python -m tests.conformance $(FILES)

obligations: venv-dev ## what the shipped policies promise, and which scenarios keep it
	@$(BIN)/tocsin policy obligations --prove docs/obligations.md policies/scenarios/*.txt

replay-real: venv ## a real log through the whole system in time-lapse, compared (WIRE=, LOG=)
	@$(BIN)/python -m cli.replay_real --wire $(WIRE) $(LOG)

chaos: venv-dev ## kill -9, outages and worse for a system under load, and a verdict (MINUTES=, SEED=, WIRE=)
	@$(BIN)/python -m tests.chaos --wire $(WIRE) --minutes $(MINUTES) --seed '$(SEED)'

mutants: venv-dev ## the product made wrong, one line at a time: audit and outside must see each (MUTANTS="'name' …")
	@$(BIN)/python -m tests.mutants $(MUTANTS)

bench: ## the benchmarks there are
	@for b in $$(grep -l '^def main' bench/*.py); do printf '  %s -m bench.%-18s %s\n' $(BIN)/python "$$(basename "$$b" .py)" \
		"$$(sed -n '1s/^"""//;1s/"""$$//;1p' "$$b")"; done

lock: venv-dev ## pin the dependencies of pyproject.toml and of the benches' peers anew (keeps what still fits)
	@for lock in 'dev pyproject.toml --extra dev' \
		'run pyproject.toml --extra local --extra build -c requirements/dev.txt' \
		'base pyproject.toml --extra build -c requirements/dev.txt' \
		'peers requirements/peers.in'; do set -- $$lock; name=$$1; shift; \
		$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links --universal \
			--python-version 3.11 --custom-compile-command 'make lock' \
			"$$@" -o requirements/$$name.txt || exit; done

clean: ## remove what was made here: environment, caches, run state in .tocsin/
	rm -rf .venv .tocsin .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

venv:
	@$(PYTHON) requirements/install.py run

venv-dev:
	@$(PYTHON) requirements/install.py dev
