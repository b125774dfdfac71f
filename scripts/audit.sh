#!/usr/bin/env bash
# What we build on: licences, sources, banned crates; then known weaknesses, for which the public lists are fetched.
source "$(dirname "$0")/lib.sh"
source scripts/steps.sh

tools() { scripts/setup-tools.sh cargo-deny; }
rules() { "$TOOLS/bin/cargo-deny" --locked check bans licenses sources; }
weaknesses() { "$TOOLS/bin/cargo-deny" --locked check advisories; }
ui_weaknesses() { npm audit --prefix ui --omit=dev; }

step "tools" tools
stop_if_failed "there is nothing to check with"
step "licences, sources, bans" rules
step "known weaknesses: crates" weaknesses
ui_step build "known weaknesses: interface" ui_weaknesses
summary
