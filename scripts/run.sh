#!/usr/bin/env bash
# The app on a demo workspace: two windows of one organisation, their server on loopback, a visit in common. An answer given in one
# appears in the other. Without a display: the same mission in the terminal.
source "$(dirname "$0")/lib.sh"

OUT=$TARGET/demo
scripts/setup-system.sh build
# Made anew each time; nothing of anybody's stands in the target folder.
rm -rf "$OUT"

say "building senim and senim-server"
cargo build --locked -p senim </dev/null
server_cargo build </dev/null
export SENIM_SERVER_BIN=$SERVER_TARGET/debug/senim-server

if [ -z "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  say "no display: the demo mission in the terminal"
  "$TARGET/debug/senim" demo --out "$OUT" </dev/null
  say "its files are in $OUT:"
  find "$OUT" -type f -printf '  %P\n' | sort
  exit 0
fi

scripts/setup-ui.sh
say "building the window"
npm run --prefix ui build </dev/null
cargo build --locked -p senim-tablet </dev/null

say "making two vaults, a visit and a server"
# The server runs until this script closes the pipe it holds.
coproc WORKSPACE { exec "$TARGET/debug/senim" workspace --out "$OUT"; }
# bash forgets both when the process ends. Moved, not copied: the pipe is closed only when its last end is.
workspace=$WORKSPACE_PID
exec {held}>&"${WORKSPACE[1]}"-
windows=()
stop() {
  trap - EXIT INT TERM
  [ ${#windows[@]} -eq 0 ] || kill "${windows[@]}" 2>/dev/null || true
  exec {held}>&-
  kill "$workspace" 2>/dev/null || true
  wait 2>/dev/null || true
}
trap stop EXIT
trap 'stop; exit 130' INT TERM
read -r made <&"${WORKSPACE[0]}" || fail "the workspace was not made: see above"
passphrase=$(sed -n 's/.*"passphrase":"\([^"]*\)".*/\1/p' <<<"$made")

for vault in "$OUT/tablet-1" "$OUT/tablet-2"; do
  "$TARGET/debug/senim-tablet" --vault "$vault" </dev/null {held}>&- &
  windows+=($!)
done
say "two tablets are open; the passphrase of both is: $passphrase"
say "everything stops when both windows are closed, or with Ctrl+C"
wait "${windows[@]}" || true
