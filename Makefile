# Every target makes what it needs: Python 3.11+ and make are enough on a fresh machine.

PYTHON ?= python3
WORKERS ?= 2
ROUNDS ?= 5
MINUTES ?= 2
FUZZ_SECONDS ?= 60

BIN := .venv/bin
FLOORS_BIN := .venv-floors/bin
# langchain-tests brings pytest-benchmark; its timings belong to `make bench`.
PYTEST := -m pytest -q -n $(WORKERS) --benchmark-disable
FLOOR_TESTS = $(wildcard tests/*_pollinations tests/reliability)

.DEFAULT_GOAL := help
.PHONY: help demo test lint floors bench soak constraints clean

help: ## Show these lines
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: .venv/.ready ## Ask this project's README in both frameworks, no key needed
	$(BIN)/python examples/demo.py

test: .venv/.ready ## Run all tests (ARGS='-k name' for some)
	$(BIN)/python $(PYTEST) $(ARGS)

lint: .venv/.ready ## Check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks

floors: .venv-floors/.ready ## Run the adapters' tests on the oldest dependencies
	$(FLOORS_BIN)/python $(PYTEST) $(FLOOR_TESTS)

bench: .venv-bench/.ready .venv-incumbent/.ready ## Measure beside bare loops and other clients
	.venv-bench/bin/python benchmarks/run.py --rounds $(ROUNDS) $(ARGS)

soak: .venv-bench/.ready ## Keep both adapters busy for some MINUTES, then feed odd bytes to the readers
	.venv-bench/bin/python benchmarks/soak.py --minutes $(MINUTES)
	.venv-bench/bin/python fuzz/run.py --seconds $(FUZZ_SECONDS)

constraints: ## Pin again what resolves today: constraints.txt (newest) and floors.txt (oldest)
	.ci/pin constraints.txt '.[all]' --group dev --group bench --group fuzz --group audit
	.ci/pin floors.txt '.[all]' --group test

clean: ## Remove the environments and everything that was built
	rm -rf .venv .venv-* build dist site .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# $(call environment,PYTHONS,ARGUMENTS): with the first good Python of PYTHONS, a virtual
# environment in the target's folder that holds what `pip install ARGUMENTS` brings.
define environment
@for python in $(1) ""; do \
	"$$python" -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
done; \
test -n "$$python" || { echo "No Python 3.11+ with venv found. Name one: make PYTHON=/path/to/python" >&2; exit 1; }; \
"$$python" -m venv $(@D)
@$(@D)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
$(@D)/bin/python -m pip install --quiet $(2)
@touch $@
endef

PYTHONS := "$(PYTHON)" python3 python3.13 python3.12 python3.11

.venv/.ready: pyproject.toml constraints.txt
	$(call environment,$(PYTHONS),-c constraints.txt -e '.[all]' --group dev)

# The oldest versions have ready-made wheels for Python 3.11 first of all.
.venv-floors/.ready: pyproject.toml floors.txt
	$(call environment,python3.11 $(PYTHONS),-c floors.txt -e '.[all]' --group test)

.venv-bench/.ready: pyproject.toml constraints.txt
	$(call environment,$(PYTHONS),-c constraints.txt -e '.[all]' --group bench --group fuzz)

# The incumbent's import name is ours, so it lives apart.
.venv-incumbent/.ready: constraints.txt
	$(call environment,$(PYTHONS),-c constraints.txt langchain-pollinations==0.3.0b3)
