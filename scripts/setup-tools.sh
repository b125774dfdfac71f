#!/usr/bin/env bash
# Builds the tools that cargo does not bring, each in one version, into the target folder. Does nothing when they are there.
#   scripts/setup-tools.sh [NAME…]     default: tauri-driver
source "$(dirname "$0")/lib.sh"

# Not 3.0: its alpha belongs to Tauri 3.
declare -A VERSION=([tauri-driver]=2.1.0 [cargo-deny]=0.20.2)

for name in "${@:-tauri-driver}"; do
  version=${VERSION[$name]:-}
  [ -n "$version" ] || fail "no version is set for $name in scripts/setup-tools.sh"
  stamp=$TOOLS/.$name-$version
  if [ -x "$TOOLS/bin/$name" ] && [ -f "$stamp" ]; then
    say "tools: $name $version is there"
    continue
  fi
  say "tools: building $name $version"
  cargo install --quiet --locked --version "=$version" --root "$TOOLS" --target-dir "$TOOLS/build" "$name" </dev/null
  rm -rf "$TOOLS/build"
  touch "$stamp"
done
