#!/usr/bin/env bash
# Installs the Debian packages that a build needs (`build`), or a build and all tests (`test`, the default).
# Does nothing when they are there. As another user than root it asks through sudo.
source "$(dirname "$0")/lib.sh"

# perl and a C compiler build SQLCipher's own OpenSSL; webkit is the window.
BUILD=(build-essential pkg-config perl git libwebkit2gtk-4.1-dev)
# The real window is driven without a screen; Chromium runs the browser tests; Noto holds the Kazakh letters.
TEST=(webkit2gtk-driver xvfb xauth dbus-x11 dbus-daemon chromium fonts-noto-core python3 python3-venv)

wanted=("${BUILD[@]}")
case ${1:-test} in
  build) ;;
  test) wanted+=("${TEST[@]}") ;;
  *) fail "usage: scripts/setup-system.sh [build|test]" ;;
esac

need cargo "install Rust 1.95 or newer with rustup (https://rustup.rs)"
have=$(rustc --version | cut -d ' ' -f 2)
at_least "$have" 1.95.0 || fail "Rust $have is too old: 1.95 or newer is needed"

if ! command -v dpkg-query >/dev/null; then
  say "not a Debian system: nothing installed; these packages, or their like, are needed: ${wanted[*]}"
  exit 0
fi
missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  say "system packages: all there"
  exit 0
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  need sudo "run as root: apt-get install ${missing[*]}"
  as_root=(sudo)
fi
say "system packages: installing ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q </dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends "${missing[@]}" </dev/null
