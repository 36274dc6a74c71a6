# `make demo` and `make test` do all their own set-up: a .venv here, from requirements.lock, and nothing elsewhere.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

# What has been compiled once is kept for the next time: a run of the tests is shorter by a tenth.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test lint render benchmark pictures lock clean

demo: $(READY)
	$(VENV)/bin/govwatch demo

test: $(READY)
	$(VENV)/bin/pytest -n auto --dist worksteal

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

# What `render = true` needs besides a Chromium, which the system's packages bring; its tests are skipped without.
render: $(VENV)/.render

$(VENV)/.render: requirements-render.lock $(READY)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-render.lock
	$(VENV)/bin/python -m pip check --quiet --disable-pip-version-check
	touch $(VENV)/.render

benchmark: $(READY)
	$(VENV)/bin/python -m benchmarks

# Needs Chromium.
pictures: $(READY)
	$(VENV)/bin/python -m benchmarks.pictures

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "govwatch needs Python 3.11 or newer: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	touch $(READY)

# Needs uv. Resolves for every platform and every Python from 3.11 on; names no registry.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--extra develop --strip-extras --upgrade pyproject.toml -o requirements.lock
	printf '%s\n' scrapy-playwright playwright greenlet pyee | uv pip compile --universal --python-version 3.11 --no-deps \
		--generate-hashes --no-emit-index-url --no-annotate --no-header --upgrade - -o requirements-render.lock

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
