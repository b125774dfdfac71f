#!/bin/sh
# Prints the benchmark and writes bench/results.json. A missed goal never fails; see docs/bench.md.
#
#   bench/run.sh            all rows
#   bench/run.sh ROW=name   one row: w-time, w-bytes, w-bytes-bodies, w-peer-NAME, save-answer, save-edit
#
# Environment: ROW (as above), ROUNDS (default 5), SEED (default 20261122), JOBS (cargo jobs, default 2).
set -eu

bench=$(cd "$(dirname "$0")" && pwd)
row=${ROW:-}
for word in "$@"; do
    case $word in
        ROW=*) row=${word#ROW=} ;;
        *) echo "error: usage: bench/run.sh [ROW=name]" >&2; exit 2 ;;
    esac
done

export CARGO_PROFILE_RELEASE_DEBUG=0
build() {
    cargo build --quiet --locked --release --jobs "${JOBS:-2}" --target-dir "$bench/target" "$@"
}

# Each for itself: in one build cargo would give the plain SQLite the features of the other.
build --manifest-path "$bench/Cargo.toml" -p bench-runner
case $row in w-*) ;; *) build --manifest-path "$bench/Cargo.toml" -p bench-plain ;; esac
case $row in save-*) ;; *)
    build --manifest-path "$bench/Cargo.toml" -p bench-samod
    # Scripts of packages do not run: LevelDB brings its binary ready-made.
    if [ ! "$bench/peers/node_modules/.package-lock.json" -nt "$bench/peers/package-lock.json" ]; then
        npm ci --prefix "$bench/peers" --ignore-scripts --no-audit --no-fund --silent
        touch "$bench/peers/node_modules/.package-lock.json"
    fi
esac
# Ours: the server as it is shipped, built on its own, and six vaults in one program.
if [ -f "$bench/ours/Cargo.toml" ]; then
    build --manifest-path "$bench/ours/Cargo.toml" -p bench-ours
    case $row in save-*) ;; *)
        cargo build --quiet --locked --release --jobs "${JOBS:-2}" --manifest-path "$bench/../Cargo.toml" \
            -p sync-server --target-dir "$bench/../target/server"
    esac
    export SENIM_SERVER_BIN="$bench/../target/server/release/senim-server"
fi

exec "$bench/target/release/bench-runner" all --root "$bench" --row "$row" \
    --rounds "${ROUNDS:-5}" --seed "${SEED:-20261122}"
