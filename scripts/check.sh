#!/usr/bin/env bash
# The checks that take seconds once things are built: form, types, and the rules of the house.
source "$(dirname "$0")/lib.sh"
source scripts/steps.sh

format() { cargo fmt --all --check; }
types_app() { app_cargo check --all-targets; }
types_server() { server_cargo check --all-targets; }
house() { cargo test --locked -p senim-tests --test house; }
ui_types() { npm run --prefix ui check; }
setup() { scripts/setup-system.sh build && scripts/setup-ui.sh; }

step "set-up" setup
stop_if_failed "without the set-up no step means anything"
step "format" format
ui_step build "interface: build" npm run --prefix ui build
step "types: app" types_app
step "types: server" types_server
step "rules of the house" house
ui_step check "types: interface" ui_types
summary
