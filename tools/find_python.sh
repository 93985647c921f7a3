#!/bin/sh
# Prints a Python >= 3.12. 3.13 is tried first because every locked dependency has a wheel for it.
# A pyenv shim can be on the PATH and still refuse to start, so each candidate is run and asked.
usable() {
    "$1" -c 'import sys, venv, ensurepip, sqlite3; raise SystemExit(sys.version_info < (3, 12))' >/dev/null 2>&1
}
here=$(cd "$(dirname "$0")/.." && pwd)
pyenv=${PYENV_ROOT:-$HOME/.pyenv}
for candidate in "${PYTHON:-}" python3.13 "$pyenv"/versions/3.13*/bin/python3 python3.12 "$pyenv"/versions/3.12*/bin/python3 \
    /opt/homebrew/bin/python3.13 /usr/local/bin/python3.13 python3.14 python3 python "$here/.venv/bin/python"; do
    [ -n "$candidate" ] || continue
    path=$(command -v "$candidate" 2>/dev/null) || continue
    if usable "$path"; then
        printf '%s\n' "$path"
        exit 0
    fi
done
cat >&2 <<'TEXT'
Mái Trường needs Python 3.12 or newer with the venv module, and none was found.
  Debian, Ubuntu:  apt-get install python3 python3-venv      (Debian 13, Ubuntu 24.04 or newer)
  macOS:           brew install python@3.13
  anywhere:        pyenv install 3.13
Then run the same command again, or name one: make run PYTHON=/path/to/python3
TEXT
exit 1
