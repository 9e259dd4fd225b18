# What every task needs is python3 (3.11 or newer, with venv and pip) and make.
PYTHON ?= python3
UV_VERSION := 0.13.9
BIN := .venv/bin
ARGS ?=
OIDC := .venv/oidc
OIDC_LOCK := tests/registry/external_identities/oidc

# Compiled modules are kept, whatever the environment says: rewriting the tests' asserts anew takes 5 s in each process.
export PYTHONDONTWRITEBYTECODE =

.PHONY: up down status logs reset test lint types format bench lock clean

up: .venv/installed
	@exec $(BIN)/python -m deploy.local up $(ARGS)

down status logs reset: .venv/installed
	@$(BIN)/python -m deploy.local $@ $(ARGS)

test: .venv/installed $(OIDC)/installed
	$(BIN)/python -m pytest --numprocesses 2 $(ARGS)

lint: .venv/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: .venv/installed
	$(BIN)/mypy

format: .venv/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/installed
	$(BIN)/python -m bench $(ARGS)

# The locks carry versions and hashes but no index address, so that a site may install from its own mirror.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11
lock: $(BIN)/uv
	$(LOCK) pyproject.toml --group dev --output-file requirements.lock $(ARGS)
	$(LOCK) pyproject.toml --constraint requirements.lock --output-file requirements-service.lock
	$(LOCK) pyproject.toml --group local --constraint requirements.lock --output-file requirements-local.lock

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Name another with: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv and pip are missing. On Debian and Ubuntu: apt-get install python3-venv python3-pip"; exit 1; }
	@echo "Making the virtual environment .venv …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/installed: requirements.lock | $(BIN)/uv
	@echo "Installing the locked packages …"
	@$(BIN)/uv pip install --require-hashes --python $(BIN)/python --requirements requirements.lock
	@touch $@

# A real OpenID provider for the tests of outside issuers. Without Node.js they are skipped, and nothing else is lost.
$(OIDC)/installed: $(OIDC_LOCK)/package-lock.json | .venv/installed
	@{ command -v npm && node -e 'process.exit(Number(parseInt(process.versions.node) < 20))'; } > /dev/null 2>&1 \
	|| { echo "No Node.js 20 with npm here: the tests against a second OpenID issuer will be skipped."; exit 0; }; \
	mkdir -p $(OIDC) && cp $(OIDC_LOCK)/package.json $(OIDC_LOCK)/package-lock.json $(OIDC) \
	&& npm ci --prefix $(OIDC) --ignore-scripts --no-audit --no-fund --silent --fetch-retries=1 --fetch-retry-mintimeout=1000 \
	&& touch $@ \
	|| echo "npm could not install the OpenID provider: the tests against a second issuer will be skipped."

clean:
	rm -rf .venv .local
