#!/usr/bin/env bash
# Every check and every test, one named step after the other. A step that fails does not stop the next:
# the table at the end says which failed and how long each took. Ends with 1 if one failed.
source "$(dirname "$0")/lib.sh"
source scripts/steps.sh

setup() { scripts/setup.sh; }
scripts_parse() { for script in scripts/*.sh .ci/run; do bash -n "$script"; done; }
format() { cargo fmt --all --check; }
ui_static() { npm run --prefix ui check && npm run --prefix ui lint; }
ui_unit() { npm run --prefix ui test; }
ui_build() { npm run --prefix ui build; }
lint_app() { app_cargo clippy --all-targets -- -D warnings; }
lint_server() { server_cargo clippy --all-targets -- -D warnings; }
# The binary first: the journeys of the other packages start a real server.
server_build() { server_cargo build; }
server_tests() { server_cargo test --no-fail-fast; }
# The tests write the TypeScript types that the interface was just built with: they must be the ones that were there.
types() { { find ui/src/ipc/types -type f -exec sha256sum {} + 2>/dev/null || true; } | sort; }
# The program first: it is the admission gate of the journeys' vaults.
senim_build() { cargo build --locked -p senim; }
app_tests() {
  local before after
  before=$(types)
  app_cargo test --no-fail-fast
  after=$(types)
  [ "$before" = "$after" ] || fail "the types in ui/src/ipc/types are older than the Rust code: they were written anew, commit them"
}
browser_tests() { timeout 1200 npm run --prefix ui e2e; }
# A real window on a screen that is not there, with a session bus of its own.
window_tests() {
  timeout 900 xvfb-run -a --server-args "-screen 0 1280x900x24" \
    dbus-run-session -- npm run --prefix ui window
}
python_tests() { "$VENV/bin/python" -m unittest discover -v -s tests/python -p "test_*.py"; }

export SENIM_SERVER_BIN=$SERVER_TARGET/debug/senim-server
export SENIM_TAURI_DRIVER=$TOOLS/bin/tauri-driver

step "set-up" setup
stop_if_failed "without the set-up no step means anything"
step "scripts parse" scripts_parse
step "format" format
ui_step check "interface: types and lints" ui_static
ui_step test "interface: unit tests" ui_unit
ui_step build "interface: build" ui_build
step "lint: app" lint_app
step "lint: server" lint_server
step "build: server" server_build
step "tests: server" server_tests
step "build: senim" senim_build
step "tests: app and house" app_tests
ui_step e2e "tests: in a browser" browser_tests
ui_step window "tests: in the real window" window_tests
file_step tests/python/test_*.py "tests: second implementation in Python" python_tests
summary
