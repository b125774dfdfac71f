# Sourced by the scripts that run named steps.
# shellcheck shell=bash

STEPS=()
FAILED=0

# step NAME COMMAND…: runs the command with no input, prints name, outcome and seconds, and goes on.
step() {
  local name=$1 begin=$SECONDS code outcome=ok
  shift
  printf '\n=== %s\n' "$name"
  # Not in a condition: there bash would ignore `set -e` inside the command.
  set +e
  (set -e; "$@") </dev/null
  code=$?
  set -e
  if [ "$code" -ne 0 ]; then
    outcome="FAILED ($code)"
    FAILED=1
  fi
  printf '=== %s: %s, %d s\n' "$name" "$outcome" "$((SECONDS - begin))"
  STEPS+=("$(printf '%-45s %6d s   %s' "$name" "$((SECONDS - begin))" "$outcome")")
}

# left_out NAME WHY: a step that has nothing to run on is named, never passed over.
left_out() {
  printf '\n=== %s: left out, %s\n' "$1" "$2"
  STEPS+=("$(printf '%-45s %6s     left out: %s' "$1" - "$2")")
}

# ui_step SCRIPT NAME COMMAND…: a step that needs a script of ui/package.json.
ui_step() {
  local script=$1 name=$2
  shift 2
  if [ ! -f ui/package.json ]; then
    left_out "$name" "there is no ui/package.json"
  elif ! node -e 'process.exit(require("./ui/package.json").scripts?.[process.argv[1]] ? 0 : 1)' "$script"; then
    left_out "$name" "ui/package.json has no script '$script'"
  else
    step "$name" "$@"
  fi
}

# file_step FILE… NAME COMMAND: a step that needs the files of a pattern.
file_step() {
  if [ -e "$1" ]; then
    step "${@: -2:1}" "${@: -1}"
  else
    left_out "${@: -2:1}" "there is no $1"
  fi
}

stop_if_failed() {
  if [ "$FAILED" -ne 0 ]; then
    say "stopped: $1"
    summary
  fi
}

# The table of all steps. Ends the script.
summary() {
  printf '\n=== all steps\n'
  printf '%s\n' "${STEPS[@]}"
  if [ "$FAILED" -ne 0 ]; then
    say "FAILED"
    exit 1
  fi
  say "all steps passed"
  exit 0
}
