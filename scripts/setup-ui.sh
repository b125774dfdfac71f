#!/usr/bin/env bash
# Installs what the interface is built with, exactly as the lock file says. Does nothing when the lock file has not changed.
source "$(dirname "$0")/lib.sh"

if [ ! -f ui/package.json ]; then
  say "ui: there is no ui/package.json, so there is nothing to install"
  exit 0
fi
[ -f ui/package-lock.json ] || fail "ui/package-lock.json is missing: without it no two builds are alike"
need node "install Node.js 20.19 or newer"
need npm "install npm, which comes with Node.js"
have=$(node --version)
at_least "${have#v}" 20.19.0 || fail "Node.js $have is too old: 20.19 or newer is needed"

stamp=ui/node_modules/.senim-lock
lock=$(sha256sum ui/package-lock.json | cut -d ' ' -f 1)
if [ "$(cat "$stamp" 2>/dev/null || true)" = "$lock" ]; then
  say "ui: packages as locked"
  exit 0
fi
say "ui: installing the locked packages"
# Chromium comes from the system: Playwright must not fetch one of its own.
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --prefix ui </dev/null
printf '%s\n' "$lock" >"$stamp"
