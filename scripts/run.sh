#!/usr/bin/env bash
# The app on a demo workspace with its own server on loopback. Without a display: the same mission in the terminal.
source "$(dirname "$0")/lib.sh"

OUT=$TARGET/demo
scripts/setup-system.sh build
# Made anew each time; nothing of anybody's stands in the target folder.
rm -rf "$OUT"
say "building senim and senim-server"
cargo build --locked -p senim </dev/null
server_cargo build </dev/null
export SENIM_SERVER_BIN=$SERVER_TARGET/debug/senim-server

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && [ -f ui/package.json ]; then
  scripts/setup-ui.sh
  say "building the window"
  npm run --prefix ui build </dev/null
  cargo build --locked -p senim-tablet </dev/null
  say "opening the window"
  exec "$TARGET/debug/senim-tablet" --demo "$OUT"
fi
say "no display: the demo mission in the terminal"
"$TARGET/debug/senim" demo --out "$OUT" </dev/null
say "its files are in $OUT:"
find "$OUT" -type f -printf '  %P\n' | sort
