#!/bin/sh
# run.sh FOLDER [RUNS]: trains this build and LightGBM in turn on FOLDER, one thread each, and compares them.
# PYTHON names the interpreter that may have lightgbm and numpy.
set -eu
folder=${1:?"run.sh FOLDER [RUNS]"}
runs=${2:-3}
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
cargo build --quiet --release -p rankine-learn --example ltr
if [ -f "$folder/ltr.npz" ] && [ ! -f "$folder/train.bin" ]; then
    "$python" "$here/pack.py" "$folder/ltr.npz" "$folder"
fi
ours="" theirs=""
if [ ! -f "$folder/train.bin" ]; then
    # The example's own configuration.
    ours="bagging=0.9 min_data=50 min_hessian=5"
    theirs="bagging_freq=1 bagging_fraction=0.9 min_data_in_leaf=50 min_sum_hessian_in_leaf=5"
fi
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
rival=no
if "$python" -c "import lightgbm, numpy" 2>/dev/null; then rival=yes; fi
seed=1
while [ "$seed" -le "$runs" ]; do
    # shellcheck disable=SC2086
    RAYON_NUM_THREADS=1 target/release/examples/ltr "$folder" trees $ours seed="$seed" >>"$lines"
    if [ "$rival" = yes ]; then
        # shellcheck disable=SC2086
        "$python" "$here/rival.py" "$folder" $theirs seed="$seed" >>"$lines"
    fi
    seed=$((seed + 1))
done
python3 "$here/compare.py" "$lines"
