#!/usr/bin/env bash
# Computes the examples of the worlds' logs on a Spark of two workers on loopback, of which one is killed on the way,
# and compares them with those of one process, bit for bit. Needs Java 17 and Python, and takes pyspark and pyarrow
# from their registry into target/cluster; where it cannot, it says so. run.sh [CASE ...]: two of them where none is
# named. PROGRAM says which program, DATA a folder with MovieLens 100K, which is done too then.
set -euo pipefail
cd "$(dirname "$0")/../.."
place="${CARGO_TARGET_DIR:-target}/cluster"
left_out() {
  echo "left out: $*" >&2
  exit 0
}
for needed in java python3 pgrep; do
  command -v "$needed" >/dev/null || left_out "no $needed"
done
if [ ! -x "$place/bin/python" ] || ! "$place/bin/python" -c 'import pyspark, pyarrow, numpy' 2>/dev/null; then
  mkdir -p "$place"
  python3 -m venv "$place" 2>/dev/null && timeout 600 "$place/bin/pip" install --quiet "pyspark==4.3.0" pyarrow numpy 'pandas<3' ||
    left_out "pyspark is not installed and cannot be"
fi
[ -n "${PROGRAM:-}" ] || cargo build --quiet --release --bin rankine
program=$(realpath "${PROGRAM:-${CARGO_TARGET_DIR:-target}/release/rankine}")
python=$(cd "$place" && pwd)/bin/python
export PYSPARK_PYTHON="$python" SPARK_LOCAL_IP=127.0.0.1
spark=$("$python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))')
work=$(mktemp -d)
started=()
trap 'kill "${started[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

start() { # class, its log, arguments
  "$spark/bin/spark-class" "org.apache.spark.deploy.$1" "${@:3}" >"$work/$2" 2>&1 &
  started+=($!)
}

start master.Master master --host 127.0.0.1 --port 0 --webui-port 0
for _ in $(seq 300); do
  master=$(grep -o 'spark://[0-9.:]*' "$work/master" | head -1 || true)
  [ -n "$master" ] && break
  sleep 0.2
done
for worker in one two; do
  start worker.Worker "$worker" --host 127.0.0.1 --cores 1 --memory 1g --webui-port 0 --work-dir "$work/of-$worker" "$master"
done
for _ in $(seq 300); do
  [ "$(grep -c 'Registering worker' "$work/master")" = 2 ] && break
  sleep 0.2
done
[ "$(grep -c 'Registering worker' "$work/master")" = 2 ] || left_out "Spark does not start here: $(tail -1 "$work/master")"

compare() { # design, log, whether a worker is killed
  "$program" convert "$1" --data "$2" --examples --output "$work/whole.parquet" >/dev/null 2>&1
  touch "$work/begun"
  timeout 600 "$python" bench/cluster/examples.py "$program" "$work/parts" "$1" --data "$2" --master "$master" 2>"$work/spark" &
  local job=$!
  if [ "$3" = killed ]; then
    # When the second worker is at a task of this job.
    for _ in $(seq 600); do
      find "$work/of-two" -name stderr -newer "$work/begun" -exec grep -l 'Running task' {} + 2>/dev/null | grep -q . && break
      sleep 0.1
    done
    local worker="${started[2]}"
    kill -9 $(pgrep -P "$worker") "$worker"
    wait "$worker" 2>/dev/null || true
  fi
  wait "$job" || { tail -30 "$work/spark" >&2; exit 1; }
  printf '%s: ' "$1"
  "$python" bench/cluster/same.py "$work/whole.parquet" "$work/parts"
  if [ "$3" = killed ]; then
    # What the dead worker had begun and not finished, another did.
    count() { find "$work/of-two" -name stderr -newer "$work/begun" -exec cat {} + | grep -c "$1" || true; }
    lost=$(($(count 'Running task') - $(count 'Finished task')))
    { [ "$lost" -gt 0 ] && grep -q 'Lost executor' "$work/spark"; } || { echo "no task was lost on the way" >&2; exit 1; }
    echo "one of two workers was killed on the way; tasks that were done again: $lost"
  fi
}

log="$work/log.jsonl"
cases=("${@:-ad-click-prediction}")
[ $# -gt 0 ] || cases+=(video-recommendation)
for case in "${cases[@]}"; do
  "$program" convert "$case" --output "$log" >/dev/null 2>&1
  # A worker is killed in the last one.
  how=whole
  [ "$case" != "${cases[-1]}" ] || how=killed
  compare "$case" "$log" "$how"
done
if [ -n "${DATA:-}" ]; then
  compare video-recommendation "$DATA" whole
fi
