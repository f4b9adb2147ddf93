#!/bin/sh
# run.sh FOLDER [numbers=no] [myfm]: this build's scorers and their rivals on the clicks in FOLDER, one thread each.
# FOLDER holds train.csv, valid.csv and test.csv: a 0 or 1, then columns (see frappe.py and rare.py).
# PYTHON names the interpreter that may have lightgbm, scikit-learn and myfm.
set -eu
folder=${1:?"run.sh FOLDER [numbers=no] [myfm]"}
shift
numbers=numbers=yes
for word in "$@"; do [ "$word" = numbers=no ] && numbers=$word; done
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")" && pwd)
cargo build --quiet --release --manifest-path "$here/../../Cargo.toml" -p rankine-learn --example ctr
ctr=${CARGO_TARGET_DIR:-$here/../../target}/release/examples/ctr
export RAYON_NUM_THREADS=1
many="leaves=63 trees=1000 patience=30"
"$ctr" "$folder" prior "$numbers"
"$ctr" "$folder" logistic "$numbers" categories=1000000 epochs=167 l2=2.5e-6
"$ctr" "$folder" ftrl "$numbers"
"$ctr" "$folder" ftrl "$numbers" crosses=all
"$ctr" "$folder" fm "$numbers"
# shellcheck disable=SC2086
"$ctr" "$folder" trees "$numbers" $many
# shellcheck disable=SC2086
"$ctr" "$folder" trees "$numbers" $many category_smoothing=5 category_lambda=5 category_most=256
"$ctr" "$folder" leaves "$numbers"
if ! "$python" -c "import lightgbm, sklearn" 2>/dev/null; then
    echo "$python has no lightgbm or scikit-learn, so only ours" >&2
    exit 0
fi
"$python" "$here/rival.py" "$folder" "$@"
