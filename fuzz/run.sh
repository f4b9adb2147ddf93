#!/usr/bin/env bash
# Fuzzes every reader and the design: fuzz/run.sh [SECONDS] runs each target for so long (60). Needs a C++ compiler.
# What is found lies in target/fuzz/TARGET; run the program there with the file as its argument to see it again.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-60}"
place="${CARGO_TARGET_DIR:-target}/fuzz"
host=$(rustc -vV | sed -n 's/^host: //p')
mkdir -p "$place"
place=$(cd "$place" && pwd)
# Only the program itself is instrumented, not what builds it: hence the target.
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares" \
  cargo build --release --manifest-path fuzz/Cargo.toml --target "$host" --target-dir "$place"
for name in reader design; do
  seeds="$place/$name/seeds" found="$place/$name/corpus"
  mkdir -p "$seeds" "$found"
  # The reader writes its own samples there.
  if [ "$name" = design ]; then
    for file in $(find cases -name '*.toml' -size -16k); do
      cp "$file" "$seeds/$(echo "$file" | tr / -)"
    done
  fi
  printf '\n== %s, %s s\n' "$name" "$seconds" >&2
  SEEDS="$seeds" "$place/$host/release/$name" "$found" "$seeds" -max_total_time="$seconds" -max_len=8192 -rss_limit_mb=4096 \
    -timeout=20 -artifact_prefix="$place/$name/" -print_final_stats=1
done
