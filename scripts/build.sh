#!/usr/bin/env bash
# Release builds of `senim` and `senim-server`, side by side in dist/.
source "$(dirname "$0")/lib.sh"

scripts/setup-system.sh build
say "building senim"
cargo build --locked --release -p senim </dev/null
say "building senim-server, on its own"
server_cargo build --release </dev/null
mkdir -p dist
# Not over the old file: that fails while it runs.
for built in "$TARGET/release/senim" "$SERVER_TARGET/release/senim-server"; do
  install -m 755 "$built" "dist/.new"
  mv -f dist/.new "dist/$(basename "$built")"
done
say "dist/senim and dist/senim-server are there"
