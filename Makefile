# Each target does its own set-up. The work is in tools/, which needs nothing but Python >= 3.12.
#   make run      the district on http://localhost:8000 (PORT=9000 for another port, VERBOSE=1 for every log line)
#   make test     every test;  make test ARGS="tests/media -k probe" for some of them
#   make check    style, types, import contracts, migrations, catalogue, templates, deploy check
#   make bench    the figures of docs/performance.md
#   make backup   a copy of the embedded database and uploads in var/backups
#   make clean    forgets what was installed and built; var/ (the data) stays

export PYTHONUTF8 = 1
export PYTHON PORT VERBOSE ARGS

.PHONY: run test check bench backup setup clean

run test check bench backup setup:
	@python="$$(sh tools/find_python.sh)" && exec "$$python" -m tools.$@

clean:
	rm -rf .venv node_modules static-built .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
