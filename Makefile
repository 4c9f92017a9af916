# From a bare machine (Debian or Ubuntu, Python 3.11 or 3.12, make) to every table and figure: `make all`. The rest is in README.md.
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12,$(if $(shell $(name) --version 2>/dev/null),$(name))) python3.11)
VENV ?= .venv
CORES ?= all
MOMENTS ?= 5
PYTEST_OPTIONS ?= --numprocesses 2
BIN := $(VENV)/bin

# Neither libraries nor tests may start a thread for each core: the jobs of the workflow already use them.
export OMP_NUM_THREADS ?= 1

.PHONY: help all setup test check docs report doctor cluster stops processors clean

help:
	@echo 'make all     set up, then make all tables and figures (runs published and demo)'
	@echo 'make test    set up, then check style, types, layers and behaviour'
	@echo 'make docs    set up, then build the pages of docs/ into docs/_build/html'
	@echo 'make setup   only make the environment in $(VENV)'
	@echo 'make report  set up, then write report/published and report/demo, to be opened in a browser'
	@echo 'make cluster set up, then try the profile for Slurm on a real controller (as root; needs slurm-wlm and munge)'
	@echo 'make stops   set up, then kill, end and interrupt the run smoke at MOMENTS (5) moments, and compare all bytes'
	@echo 'make processors  set up, then make products with the code of other processors, and compare all bytes'
	@echo 'make doctor  say what is there and what is missing'
	@echo 'make clean   remove what the demo and the tests made; data, checkpoints and evidence stay'

all: setup
	$(BIN)/snakemake --cores $(CORES) all 2>&1 | $(BIN)/python workflow/progress.py

setup:
	@envs/setup.sh $(VENV) $(PYTHON)

test: check
	$(BIN)/pytest $(PYTEST_OPTIONS)

check: setup
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --config .importlinter

docs: setup
	rm -rf docs/_build
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going --builder html docs docs/_build/html

report: setup
	$(BIN)/snakemake --cores $(CORES) report/published/index.html report/demo/index.html

doctor: setup
	$(BIN)/lcpc doctor

cluster: setup
	$(BIN)/pip install --quiet --no-deps --requirement envs/slurm.txt
	$(BIN)/pytest tests/cluster

stops: setup
	$(BIN)/python -m tests.interrupt --moments $(MOMENTS)

processors: setup
	$(BIN)/python -m tests.processors

clean:
	rm -rf tables/demo figures/demo results/demo tables/smoke figures/smoke results/smoke logs report
	find benchmarks -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
	rm -rf docs/_build docs/columns.md
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find lcpc tests -name __pycache__ -prune -exec rm -rf {} +
