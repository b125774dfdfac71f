# Sourced by every script of this folder: where things stand, and how a script speaks.
# shellcheck shell=bash
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"

# Two target folders, never one: in one build with the app, cargo would give the server SQLCipher's older SQLite.
TARGET=${CARGO_TARGET_DIR:-target}
case $TARGET in /*) ;; *) TARGET=$ROOT/$TARGET ;; esac
SERVER_TARGET=$TARGET/server
# Tools of this project alone, so that nothing of the machine's is changed.
TOOLS=$TARGET/tools
VENV=$TARGET/venv
export CARGO_TARGET_DIR=$TARGET
# No tty, no colours, no spinners: the output is read from a file as often as from a screen.
export CARGO_TERM_PROGRESS_WHEN=never NPM_CONFIG_PROGRESS=false NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false

say() { printf 'senim: %s\n' "$*"; }
fail() { printf 'senim: %s\n' "$*" >&2; exit 1; }

# need COMMAND WHAT-TO-DO: ends with a sentence if a program is missing.
need() { command -v "$1" >/dev/null || fail "$1 is missing: $2"; }

# at_least HAVE WANT: whether version HAVE is WANT or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# cargo for the server, always in its own target folder.
server_cargo() { local command=$1; shift; cargo "$command" --locked -p sync-server --target-dir "$SERVER_TARGET" "$@"; }
# cargo for everything else.
app_cargo() { local command=$1; shift; cargo "$command" --locked --workspace --exclude sync-server "$@"; }
