#!/usr/bin/env bash
# Everything that the tests need. Each part says what it does and does nothing the second time.
source "$(dirname "$0")/lib.sh"

scripts/setup-system.sh test
scripts/setup-ui.sh
scripts/setup-python.sh
scripts/setup-tools.sh tauri-driver
