#!/usr/bin/env bash
# Makes the Python environment of the second implementation. Does nothing when its list of packages has not changed.
source "$(dirname "$0")/lib.sh"

list=tests/python/requirements.txt
need python3 "scripts/setup-system.sh test"
stamp=$VENV/.senim-list
# An environment also dies with the interpreter it was made from.
hash=$({ cat "$list"; python3 -c 'import sys; print(sys.version, sys.base_prefix)'; } | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$stamp" 2>/dev/null || true)" = "$hash" ]; then
  say "python: packages as listed"
  exit 0
fi
say "python: making the environment"
rm -rf "$VENV"
python3 -m venv "$VENV"
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --only-binary :all: -r "$list" </dev/null
printf '%s\n' "$hash" >"$stamp"
