#!/bin/sh
# Spam among short messages and comments, beside scikit-learn and fastText where they are installed.
#   PYTHON=python3 bench/text/run.sh FILE      FILE is sms.tsv or comments.csv
set -eu
file=${1:?name sms.tsv or comments.csv}
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
export RAYON_NUM_THREADS=1

cargo build --quiet --release --manifest-path "$here/../../Cargo.toml" -p rankine-learn --example text
text=${CARGO_TARGET_DIR:-$here/../../target}/release/examples/text
for apart in "" apart; do
    # shellcheck disable=SC2086
    {
        "$text" "$file" ngrams text-counts logistic $apart | tail -n 1
        "$text" "$file" ngrams logistic $apart | tail -n 1
        "$text" "$file" ngrams:chars_max=0 naive-bayes $apart | tail -n 1
        "$text" "$file" ngrams:weight=tf-idf fasttext $apart | tail -n 1
        "$text" "$file" text-counts logistic $apart | tail -n 1
        "$text" "$file" keywords:words=free+claim+prize+win+winner+urgent+subscribe+'check out'+'my channel' \
            column:of=e0 $apart | tail -n 1
    } >> "$work/runs"
done
"$text" "$file" groups > "$work/groups"
if "$python" -c 'import sklearn, fasttext' 2> "$work/why"; then
    "$python" "$here/rivals.py" "$file" "$work/groups" >> "$work/runs"
else
    echo "$python lacks scikit-learn or fasttext, so only ours (pip install scikit-learn fasttext-wheel)" >&2
fi
python3 "$here/compare.py" "$work/runs"
