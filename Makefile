# PKIP. Two commands matter: `make run` and `make test`; each does all set-up itself.
PORT ?= 8000
PKIP_VAR ?= var
export PKIP_VAR
PY := .venv/bin/python
BROWSER_TESTS := -m "browser or thread"
QUICK_TESTS := -m "not browser and not thread and not server and not slow"

.PHONY: run test test-fast check bench setup lock clean-data translations

run: ; @./setup.sh && exec $(PY) -m portal run --port $(PORT)
setup: ; @./setup.sh tests

test:
	@./setup.sh tests
	$(PY) -m pytest -q -n 2 -m "not browser and not thread" tests
	PKIP_TEST_BACKEND=server $(PY) -m pytest -q -n 2 -m "not browser and not thread" tests
	$(PY) -m pytest -q -n 2 $(BROWSER_TESTS) tests

test-fast:
	@./setup.sh tests
	$(PY) -m pytest -q -n 2 $(QUICK_TESTS) tests

check:
	@./setup.sh tests
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(PY) -m mypy portal blueprints jobs
	$(PY) -m pytest -q tests/kernel/test_translations.py

bench: ; @./setup.sh && exec $(PY) -m tests.bench

# new versions: edit requirements/*.in, then this; the files carry hashes and no registry address
lock:
	.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-header requirements/base.in -o requirements/base.txt
	.venv/bin/uv pip compile -q --generate-hashes --no-emit-index-url --no-header requirements/dev.in -o requirements/dev.txt

# the English words of the code into the Latvian catalogue; new ones are left empty for a translator
translations:
	.venv/bin/pybabel -q extract -F babel.cfg -k _l -k ngettext:1,2 -o var/messages.pot .
	.venv/bin/pybabel -q update -N --omit-header -i var/messages.pot -d portal/translations -l lv

clean-data: ; rm -rf "$(PKIP_VAR)"
