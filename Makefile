# Two commands matter: `make run` and `make test`. Both make what they need.
.DEFAULT_GOAL := help
.PHONY: help run forget-card test thorough faults lint format types check bench clean

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
# Half of the time the tests wait: for a page, a process, a Hacienda that is slow on purpose.
TEST_WORKERS ?= $(shell echo $$((2 * $$(nproc 2>/dev/null || echo 2))))
BENCH_ARGS ?=
# What runs in processes of its own takes as long as all the rest: `make test` has one installation, and no browser.
PROCESSES := tests/browser $(addprefix tests/end_to_end/test_,run.py kills.py slow_clients.py postgresql.py)
LONG_WALKS := tests/crashes/test_received.py tests/lost_answers/test_costarica.py

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*##/  make \1\t/p' Makefile | expand -t 15

run: forget-card $(VENV)/.installed  ## everything at once, until Ctrl-C: web, sender, worker, sandbox, demo
	@exec $(BIN)/python manage.py run --with-parent

# The last run's demo.json goes first, even before an installation; not that of a run that is still there.
forget-card:
	@data="$${DATA_DIR:-var}"; test ! -e "$$data/demo.json" || \
		flock --nonblock "$$data/run.lock" rm -f "$$data/demo.json" 2>/dev/null || true

# Containers often forbid compiled modules; every worker would then spend twice as long on reading the tests.
test: $(VENV)/.installed-dev  ## what tells soonest whether all is well (PYTEST_ARGS for more options)
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadscope --no-loadscope-reorder \
		$(addprefix --ignore=,$(PROCESSES) $(LONG_WALKS)) $(PYTEST_ARGS)

thorough: $(VENV)/.installed-dev  ## all the rest too: real processes, a browser, every place to die at, every fault
	@env -u PYTHONDONTWRITEBYTECODE THOROUGH=yes $(BIN)/python -m pytest -n $(TEST_WORKERS) --dist worksteal $(PYTEST_ARGS)

faults: $(VENV)/.installed-dev  ## write the tables of docs/faults.md from what happens under each fault
	@WRITE_FAULTS=yes $(BIN)/python -m pytest -q tests/lost_answers -k told

lint: $(VENV)/.installed-dev  ## style of code and templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint templates --lint --profile django --quiet

format: $(VENV)/.installed-dev  ## mend the style of the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(VENV)/.installed-dev  ## mypy
	@$(BIN)/mypy .

check: lint types test  ## all of these

bench: $(VENV)/.installed-dev  ## measure; the figures go to DATA_DIR/bench.json
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

clean:  ## forget the virtual environment and the caches, never the data
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

$(VENV)/.installed: requirements.txt
	@$(call install,$<)
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt
	@$(call install,$<)
	@touch $(VENV)/.installed $@

# Makes the virtual environment where there is none that works. uv is several times faster where it is at hand;
# pip does as well.
define install
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	echo "SmartBill needs Python 3.11 or newer; none was found." >&2; exit 1; }; \
$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { \
	echo "The virtual environment could not be made; on Debian: apt-get install python3-venv" >&2; exit 1; }; \
echo "Installing what $(1) names ..."; \
{ command -v uv >/dev/null 2>&1 && uv pip install --quiet --python $(BIN)/python -r $(1); } || \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1)
endef
