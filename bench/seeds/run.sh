#!/usr/bin/env bash
# The main command for five seeds, or those that are named (run.sh 1 2): the leader must beat the baseline by an
# interval without zero, and two runs with the first seed, on one and on all threads, must write the same quality
# table to the last bit. PROGRAM says which program; a release build where nothing is said.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ -n "${PROGRAM:-}" ] || cargo build --release --quiet
rankine="${PROGRAM:-${CARGO_TARGET_DIR:-target}/release/rankine}"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

failed=0
[ $# -gt 0 ] || set -- 1 2 3 4 5
for seed in "$@"; do
  "$rankine" run video-recommendation --once --json --seed "$seed" --runs "$out/runs" >"$out/$seed.json" 2>/dev/null
  low=$(sed -n '/"over_baseline"/,/}/s/.*"low": \([-0-9.e]*\).*/\1/p' "$out/$seed.json" | tail -1)
  if awk "BEGIN { exit !($low > 0) }"; then echo "seed $seed: beats the baseline, from $low on"
  else echo "seed $seed: does NOT beat the baseline: $low"; failed=1; fi
done

"$rankine" run video-recommendation --once --json --seed "$1" --threads 1 --runs "$out/one" >"$out/one.json" 2>/dev/null
for file in 3-selection/quality.json 2-dataset/dataset.bin 4-bundle/bundle/state.bin 4-bundle/bundle/models.bin; do
  first=$(sed -n 's/^  "run": "\(.*\)",$/\1/p' "$out/$1.json")
  second=$(sed -n 's/^  "run": "\(.*\)",$/\1/p' "$out/one.json")
  if cmp -s "$first/$file" "$second/$file"; then echo "same bits on 1 and all threads: $file"
  else echo "DIFFERENT bits on 1 and all threads: $file"; failed=1; fi
done
exit $failed
