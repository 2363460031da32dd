# make demo | dev | test | check | buy | upgrade | refund | cancel ...        (README.md says more)
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first of these that runs and is 3.11 or later (a pyenv shim may exist without its Python).
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
SAM_VENV := .venv-sam

.PHONY: help demo dev event test check lint types sam-check build tables slow simulate second-emulator lock clean

help:
	@echo "make demo    see a purchase, an upgrade, a refund and a cancellation, start to end"
	@echo "make dev     the local stack, until Ctrl-C"
	@echo "make buy | upgrade | downgrade | pause | resume | fail-payment | refund | dispute | cancel   what happens at Stripe, against make dev"
	@echo "make test    the tests"
	@echo "make check   format, lint, types, tests, sam validate --lint"
	@echo "make bench-init  what a cold start waits for: each function's imports, against its goal"
	@echo "make deploy-test  sam build and sam deploy to an emulator that enforces IAM: the main job, an update, two stages"
	@echo "make browser     the dashboard in a real browser"
	@echo "make built-test   what sam build makes, and the end-to-end tests on it"
	@echo "make simulate  ten thousand histories of faults, and what was tried; SEED=... tells one"

# ------------------------------------------------------------ environments

.venv/ready: requirements.lock
	@test -n "$(PYTHON)" || { echo "KeyStack needs Python 3.11 or later: install python3.13 (or 3.12, 3.11), or name one with PYTHON=..."; exit 1; }
	@echo "Installing what is missing into .venv (once, about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/browser-ready: .venv/ready requirements-browser.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-browser.lock
	@touch $@

# aws-sam-cli pins a boto3 of its own, so it gets an environment of its own.
$(SAM_VENV)/ready: requirements-sam.lock
	@test -n "$(PYTHON)" || { echo "KeyStack needs Python 3.11 or later"; exit 1; }
	@echo "Installing the SAM CLI into $(SAM_VENV) (once) ..."
	@test -x $(SAM_VENV)/bin/python || $(PYTHON) -m venv $(SAM_VENV)
	@$(SAM_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-sam.lock
	@touch $@

# So does the second emulator of DynamoDB.
.venv-ministack/ready: requirements-ministack.lock
	@test -n "$(PYTHON)" || { echo "KeyStack needs Python 3.11 or later"; exit 1; }
	@echo "Installing a second emulator into .venv-ministack (once) ..."
	@test -x .venv-ministack/bin/python || $(PYTHON) -m venv .venv-ministack
	@.venv-ministack/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-ministack.lock
	@touch $@

# ------------------------------------------------------------------ checks

test: .venv/ready
	@$(BIN)/python -m pytest -q

slow: .venv/ready # orders of a thousand licenses, planted bugs, the storm, schemathesis, the models against moto
	@$(BIN)/python -m pytest -q -m slow

.PHONY: browser screenshots
browser: .venv/browser-ready # the dashboard in a real browser; CHROMIUM= names one
	@$(BIN)/python -m pytest -q -n 2 tests/browser

screenshots: .venv/browser-ready # docs/screenshots, of an organization that looks like a real one
	@PYTHONPATH=tests $(BIN)/python -m browser.screenshots

check: lint types test sam-check

lint: .venv/ready
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@PYTHONPATH=layers/keystack $(BIN)/lint-imports --no-cache

types: .venv/ready .venv/browser-ready
	@$(BIN)/mypy

sam-check: $(SAM_VENV)/ready
	@SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam validate --lint --region eu-west-1

# packaging/Makefile looks for python3.13 on the PATH; the environment's own comes first.
build: $(SAM_VENV)/ready
	@PATH="$(CURDIR)/$(SAM_VENV)/bin:$$PATH" SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam build

tables: .venv/ready # the four tables' template, for a stack that takes them over: docs/operations.md
	@$(BIN)/python -m local.tools.tables_template

.PHONY: bench-init
export SAMPLES
ARCHITECTURE := $(if $(filter arm64 aarch64,$(shell uname -m)),arm64,x86_64)
bench-init: .venv/ready $(SAM_VENV)/ready # what a cold start waits for; SAMPLES=15: docs/performance.md
	@test "$$(uname)" = Linux || { echo "make bench-init needs Linux: what sam build packs for Lambda runs nowhere else"; exit 1; }
	@test -x $(SAM_VENV)/bin/python3.13 || { \
	  echo "The functions run on Python 3.13: install python3.13, then rm -r $(SAM_VENV)"; exit 1; }
	@mkdir -p .bench-init
	@echo "Building for $(ARCHITECTURE) into .bench-init ..."
	@PATH="$(CURDIR)/$(SAM_VENV)/bin:$$PATH" SAM_CLI_TELEMETRY=0 $(SAM_VENV)/bin/sam build --no-cached \
	  --build-dir .bench-init/build --parameter-overrides Architecture=$(ARCHITECTURE) > .bench-init/sam.log 2>&1 || { \
	  cat .bench-init/sam.log; exit 1; }
	@$(BIN)/python -m benchmarks.sizes .bench-init/build
	@$(BIN)/python -m benchmarks.init

# --------------------------------------------------------------- the proof

export HISTORIES FIRST SEED
empty :=
FUNCTIONS := $(subst $(empty) $(empty),:,$(wildcard functions/*))
simulate second-emulator: export PYTHONPATH := tests:layers/keystack:$(FUNCTIONS):.
simulate: export PYTHONHASHSEED := 0

simulate: .venv/ready # HISTORIES=10000, or SEED=… for one, told as a story
	@$(BIN)/python -m simulation

second-emulator: .venv/ready .venv-ministack/ready # the model of DynamoDB against ministack's
	@$(BIN)/python -m simulation.second_emulator

.PHONY: deploy-test
deploy-test: .venv/ready .venv-ministack/ready $(SAM_VENV)/ready # what is deployed, as deployed; its state is in .deploy-test
	@test "$$(uname)" = Linux || { echo "make deploy-test needs Linux: what sam build packs for Lambda runs nowhere else"; exit 1; }
	@test -x .venv-ministack/bin/python3.13 -a -x $(SAM_VENV)/bin/python3.13 || { \
	  echo "The functions run on Python 3.13, and the emulator runs them with its own: install python3.13, then rm -r .venv-ministack $(SAM_VENV)"; exit 1; }
	@$(BIN)/python -m pytest -q -n 0 -m deploy tests/deploy

.PHONY: built-test
built-test: .venv/ready $(SAM_VENV)/ready # what sam build makes, for both architectures; then the end-to-end tests on it
	@$(BIN)/python -m pytest -q -n 0 -m built tests/built
	@BUILT=.aws-sam/$(subst aarch64,arm64,$(shell uname -m)) $(BIN)/python -m pytest -q tests/e2e

lock: # needs uv
	uv pip compile -q --universal --no-header --python-version 3.11 layers/dependencies/requirements.in -o layers/dependencies/requirements.txt
	uv pip compile -q --universal --no-header --python-version 3.11 --generate-hashes requirements.in -o requirements.lock
	uv pip compile -q --universal --no-header --python-version 3.11 --generate-hashes requirements-browser.in -o requirements-browser.lock
	echo 'ministack[full]' | uv pip compile -q --universal --no-header --python-version 3.11 --generate-hashes - -o requirements-ministack.lock
	echo aws-sam-cli | uv pip compile -q --universal --no-header --python-version 3.11 --generate-hashes - -o requirements-sam.lock

clean:
	rm -rf .venv .venv-sam .venv-ministack .aws-sam .local .deploy-test .bench-init

# -------------------------------------------------------------- local stack
# PORT=8787 AWS_PORT=4566 STRIPE_PORT=4570 STATE_DIR=.local HOST=127.0.0.1 SMTP_URL= STRIPE_API_BASE= STRIPE_API_KEY= BUILT= by environment.

export PRICE EMAIL QUANTITY DAYS_AGO ORDER AMOUNT CANCELED OUTCOME UNPAID AT_PERIOD_END NOW
export URL ORG WEBHOOK_SECRET WEBHOOK_URL API_KEY HOST PORT AWS_PORT STRIPE_PORT STATE_DIR SMTP_URL STRIPE_API_BASE STRIPE_API_KEY

demo: .venv/ready
	@$(BIN)/python -m local.tools.demo

dev: .venv/ready
	@exec $(BIN)/python -m local

.PHONY: buy upgrade downgrade pause resume fail-payment refund dispute cancel
buy upgrade downgrade pause resume fail-payment refund dispute cancel: .venv/ready # what each takes: local/tools/purchase.py
	@$(BIN)/python -m local.tools.purchase $@

event: .venv/ready
	@$(BIN)/python -m local.tools.event "$(FILE)"

