# `make` lists the habits. Each is what CI runs too.

VENV = sh stagekit/bootstrap/venv.sh
BIN = .venv/bin
# The rehearsal's own host, whichever the environment names.
OWN_HOST = env -u STAGEKIT_HOST -u STAGEKIT_SSH_CONFIG
LOCK = ../.venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q

.PHONY: help staging-local staging-remote staging-rehearsal test test-product test-faults lint bench docs lock

help:
	@echo 'make staging-local      the whole product on this machine: builds, starts, seeds, says where to click'
	@echo 'make staging-remote     the same images on a host: STAGEKIT_HOST=ssh://deploy@host make staging-remote'
	@echo 'make staging-rehearsal  all of that against a throw-away host on this machine'
	@echo 'make test               the whole test suite, from nothing'
	@echo 'make test-product       the tests of the product alone, against what `make staging-local` has started'
	@echo 'make test-faults        the slow ones: promotions killed, cut off and loaded at every moment; two gigabytes to a host'
	@echo 'make lint               ruff, mypy, tsc and eslint, and the order of the layers'
	@echo 'make bench              measure, against plain Compose, and write bench/results.json'
	@echo 'make docs               write the generated pages: docs/reference, docs/test-users.md'
	@echo 'make lock               resolve requirements/*.txt anew'

staging-local:
	@$(VENV) stagekit
	@$(BIN)/stagekit up

staging-remote:
	@$(VENV) stagekit
	@$(BIN)/stagekit build --stage staging
	@$(BIN)/stagekit promote --stage staging

staging-rehearsal:
	@$(VENV) stagekit
	@$(BIN)/stagekit rehearsal up
	@$(OWN_HOST) $(BIN)/stagekit build --stage rehearsal
	@$(OWN_HOST) $(BIN)/stagekit promote --stage rehearsal --yes

test:
	@$(VENV) dev
	@$(BIN)/python -m pytest -m 'not faults'

test-product:
	@$(VENV) dev
	@$(BIN)/python -m pytest --stage=local --stage-directory=. tests/stack/test_product.py

test-faults:
	@$(VENV) dev
	@$(BIN)/python -m pytest -m faults

lint:
	@$(VENV) dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/unit/test_layers.py
	$(BIN)/python -m tests.support.frontend

bench:
	@$(VENV) dev
	@$(BIN)/python -m bench

docs:
	@$(VENV) dev
	@$(BIN)/python -m stagekit.report.reference
	@$(BIN)/python seed/users_page.py

lock:
	@$(VENV) dev
	cd requirements && $(LOCK) dev.in -o dev.txt && $(LOCK) stagekit.in -c dev.txt -o stagekit.txt
