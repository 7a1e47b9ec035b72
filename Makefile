# Targets for users and contributors; `make help` lists them. Everything lives in .venv.
PYTHON ?= python3
JOBS ?= 2

SIZE ?= full
ROWS ?= 1000000,5000000,20000000

VENV := .venv
PEERS := build/bench/.venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
# A shell's own settings must not leak into the environment that is built here.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint types contracts unit notebooks notebooks-executed packages docs lab paper reproduce spark bench bench-spark count lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.run ## Run the first experiment on a synthetic log: a table and a figure
	@$(BIN)/influence-graph run experiments/agreement.toml

# Types and documentation take one core each, the tests all of them.
test: lint ## All checks: lint, types, contracts, tests, notebooks, docs
	@$(MAKE) --no-print-directory --jobs $(JOBS) docs types contracts
	@$(MAKE) --no-print-directory unit

lint: $(VENV)/.dev ## Ruff: lint and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.dev ## Mypy, strict, on the package
	@$(BIN)/mypy

contracts: $(VENV)/.dev ## Import contracts: layers, and no import circles
	@$(BIN)/lint-imports --no-logo

unit: $(VENV)/.dev ## Tests, examples in docstrings and guides, notebooks
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup

notebooks: $(VENV)/.dev ## Run every notebook (included in unit)
	@$(BIN)/python -m pytest tests/test_notebooks.py

notebooks-executed: $(VENV)/.dev ## Run every notebook and store it as .ipynb with its outputs
	@$(BIN)/python notebooks/execute.py

packages: $(VENV)/.dev ## Build wheel and sdist, install each into an empty environment, and try it
	@$(BIN)/python packaging/try_packages.py

docs: $(VENV)/.dev ## Build the documentation into site/; a warning is an error
	@$(BIN)/sphinx-build -q -W --keep-going -d build/docs docs site
	@echo "The documentation is site/index.html"

paper: $(VENV)/.dev ## Run the experiments that are stale and compile the paper; fails if a sentence no longer holds
	@$(BIN)/python paper/reproduce.py --update --jobs $(JOBS) $(ARGS)

reproduce: $(VENV)/.dev ## Compute everything from raw data and say what differs from paper/results.json (ARGS=--quick, --full)
	@$(BIN)/python paper/reproduce.py --jobs $(JOBS) $(ARGS)

spark: $(VENV)/.spark ## Install Spark, for the engine of that name and its tests; it needs Java 17

lab: $(VENV)/.dev ## Open JupyterLab on notebooks/ (ARGS=--no-browser, …)
	@$(BIN)/jupyter lab --notebook-dir notebooks --allow-root $(ARGS)

bench: $(PEERS)/.peers ## Benchmark against other libraries, in an environment of its own (SIZE=small: minutes; SIZE=full)
	@$(PEERS)/bin/python benchmarks/race.py --size $(SIZE) $(if $(ONLY),--only $(ONLY))

bench-spark: $(VENV)/.spark ## Measure the engine on Spark against this process and GraphX (ROWS=1000000,5000000,20000000)
	@$(BIN)/python benchmarks/spark_equality.py
	@$(BIN)/python benchmarks/spark.py --rows $(ROWS)

count: $(VENV)/.made ## Count lines of code by subpackage and list functions over 60
	@$(BIN)/python benchmarks/code_lines.py

lock: $(VENV)/.dev ## Rewrite the locks in requirements/ with the newest versions
	@sh requirements/lock $(BIN)/uv

clean: ## Remove everything that make built, except results/
	rm -rf $(VENV) build dist site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# One line of error, before anything is created, if this Python does not fit.
$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { \
	  echo "There is no '$(PYTHON)' here, and influence_graph needs Python 3.11 or later. Name one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "influence_graph needs Python 3.11 or later, and '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "'$(PYTHON)' has no working venv module. Install it (Debian and Ubuntu: apt install python3-venv) or name another Python: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# The lock pins and hashes everything, the build tools too; so the project itself is built without isolation.
$(VENV)/.run: $(VENV)/.made requirements/run.txt pyproject.toml
	@echo "Installing the dependencies of influence_graph into $(VENV) …"
	@$(PIP) install --require-hashes --requirement requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	@echo "Installing the test tools into $(VENV) …"
	@$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

# Spark comes as source: setuptools, from the same lock, installs it.
$(VENV)/.spark: $(VENV)/.run requirements/spark.txt
	@echo "Installing Spark into $(VENV) …"
	@sed -n '/^setuptools==/,/^[^ ]*==/{/^setuptools==/p;/^ *--hash/p;}' requirements/spark.txt > $(VENV)/setuptools.txt
	@$(PIP) install --require-hashes --requirement $(VENV)/setuptools.txt
	@$(PIP) install --require-hashes --no-build-isolation --requirement requirements/spark.txt
	@touch $@

$(PEERS)/.peers: $(VENV)/.made requirements/peers.txt pyproject.toml
	@echo "Installing the peers into $(PEERS) …"
	@$(VENV)/bin/python -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip -qq --disable-pip-version-check --no-input install --require-hashes --requirement requirements/peers.txt
	@$(PEERS)/bin/python -m pip -qq --disable-pip-version-check --no-input install --no-deps --no-build-isolation --editable .
	@touch $@
