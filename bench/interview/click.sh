#!/usr/bin/env bash
# Goes through a whole interview in a headless browser, by clicks and keys. Needs Debian's chromium and its
# driver, which it installs where it may; PROGRAM says which program, a release build where nothing is said;
# pictures of the page are left in $OUT where that is set.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v chromedriver >/dev/null; then
  if ! { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq &&
    apt-get install -y -qq chromium chromium-driver; } >/dev/null 2>&1; then
    echo "left out: chromium-driver is not installed and cannot be" >&2
    exit 0
  fi
fi
[ -n "${PROGRAM:-}" ] || cargo build --quiet --release --bin rankine
program="${PROGRAM:-${CARGO_TARGET_DIR:-target}/release/rankine}"
place=$(mktemp -d)
"$program" interview --web --port 0 --folder "$place" 2>"$place/log" &
server=$!
chromedriver --port=0 >"$place/driver" 2>&1 &
driver=$!
trap 'kill $server $driver 2>/dev/null || true; rm -rf "$place"' EXIT
for _ in $(seq 100); do
  grep -q http "$place/log" && grep -q 'on port' "$place/driver" && break
  sleep 0.1
done
address=$(grep -o 'http://[0-9.:]*' "$place/log" | head -1)
port=$(grep -o 'on port [0-9]*' "$place/driver" | grep -o '[0-9]*' | tail -1)
python3 bench/interview/click.py "$address" "$port" || { cat "$place/log" >&2; exit 1; }
