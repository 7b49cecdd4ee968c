# `make demo` and `make test` work as the first command on a fresh clone: they make the environment themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

.PHONY: demo test check bench bench-peers truth lint types layers clean help env

help:
	@echo "make demo    the main job, two dossiers         make test    the tests"
	@echo "make check   lint, types, layers               make bench   accuracy and speed"
	@echo "make truth   rebuild the ground truth          make clean   remove the environment"

env: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	PIP_CONSTRAINT=constraints.txt $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . -r requirements-dev.txt
	touch $(STAMP)

demo: $(STAMP)
	$(BIN)/wheelsdown demo -o out
	$(BIN)/wheelsdown run cases/real-flights.toml -o out/real-flights
	$(BIN)/wheelsdown run cases/airlift-simulated.toml -o out/airlift-simulated

test: $(STAMP)
	$(BIN)/python -m pytest -n auto

check: lint types layers

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports

bench: $(STAMP)
	$(BIN)/python -m bench

bench-peers: $(STAMP)
	$(BIN)/python -m bench peers

truth: $(STAMP)
	$(BIN)/python scripts/make_truth.py -o out/truth

clean:
	rm -rf $(VENV) out
