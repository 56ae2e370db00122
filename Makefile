# The two commands: `make study` and `make test`. `make help` lists all.
PYTHON ?= python3
DRAWS ?= 2000
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check
CORE := $(VENV)/core.installed
ALL := $(VENV)/all.installed

.DEFAULT_GOAL := help
.PHONY: help study studies test test-mutants lint types truth effects passport expected bench docs example lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

study: $(CORE) ## install the core, run the first study, name its two reports
	$(BIN)/la-research run protocols/early-engagement

studies: $(CORE) ## run every study that ships on its own scenario, and name its two reports
	@for study in protocols/*/protocol.yaml; do \
		case $$study in *oulad*) continue;; esac; \
		$(BIN)/la-research run $$(dirname $$study) || exit; done

test: lint types ## install everything, check the code, run all tests
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term:skip-covered

test-mutants: $(ALL) ## plant deliberate faults in a copy; each has to be caught by its named test
	$(BIN)/python tests/mutants/run.py

lint: $(ALL) ## style, format and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(ALL) ## mypy, strict, on the package
	$(BIN)/mypy

truth: $(ALL) ## the audit's rule in 399 cells; planted effects found at the nominal rate, 300 seeds a scenario (up to an hour)
	$(BIN)/python tests/truth/audit_cells.py
	$(BIN)/python tests/truth/harness.py

effects: $(ALL) ## what intervals and gates of effects were measured to hold, measured again (up to some hours)
	for cells in randomised longitudinal_trials discontinuity discontinuity_gate differences differences_gate series observational hidden \
		meter harm plan; do $(BIN)/python tests/truth/$${cells}_cells.py || exit; done

passport: $(ALL) ## what each method's interval covers, 2,000 draws of a cell (CELL=null@180; without it, of every cell)
	$(BIN)/python tests/truth/harness.py --passport $(CELL) --draws $(DRAWS)

expected: $(ALL) ## how often the first study reads each verdict in each scenario, then their datasheets (up to an hour)
	$(BIN)/python scripts/expected
	$(BIN)/python scripts/datasheets

bench: $(ALL) ## how long things take, beside their peers
	$(BIN)/python -m benchmarks

docs: $(ALL) ## write again what docs/ says about the code
	$(BIN)/python scripts/protocol_reference > docs/protocol.md
	$(BIN)/python scripts/datasheets

example: $(CORE) ## run the first study and keep its reports in reports/example
	$(BIN)/la-research run protocols/early-engagement
	mkdir -p reports/example
	cp reports/early-engagement/reports/*.html reports/example/

lock: $(ALL) ## pin what pyproject.toml asks for (UPGRADE=--upgrade for the newest)
	$(BIN)/python scripts/lock $(UPGRADE)

clean: ## remove the environment, caches and builds; runs under reports/ stay
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@scripts/find-python "$(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

# Installed again only when what was pinned has changed; the two may follow each other in one environment.
$(CORE): constraints.txt pyproject.toml | $(BIN)/python
	@echo "installing the core into $(VENV) ..."
	@$(PIP) -e . -c constraints.txt
	@touch $@

$(ALL): constraints-all.txt pyproject.toml | $(BIN)/python
	@echo "installing the core, JupyterLab, SDV, Dask, InterpretML and the tools into $(VENV) ..."
	@$(PIP) -e '.[lab,sdv,dask,glassbox,dev]' -c constraints-all.txt
	@touch $@
