#!/bin/sh
# Recommenders on MovieLens 100K, beside implicit and numpy where they are installed.
#   PYTHON=python3 bench/rec/run.sh FOLDER      FOLDER holds u.data or u.data.gz
set -eu
folder=${1:?name the folder that holds u.data or u.data.gz}
python=${PYTHON:-python3}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

cargo build --quiet --release --manifest-path "$here/../../Cargo.toml" -p rankine-learn --example rec
target=${CARGO_TARGET_DIR:-$here/../../target}
"$target/release/examples/rec" "$folder" > "$work/ours"
# The rivals do not count late items of a history more; this run does not either, and their 20 neighbours hold the item.
"$target/release/examples/rec" "$folder" decay=1 neighbours=19 > "$work/even"

if ! "$python" -c 'import implicit' 2> "$work/why"; then
    echo "$python has no implicit, so only ours (pip install implicit):" >&2
    cat "$work/ours"
    exit 0
fi
"$python" "$here/rivals.py" "$folder" > "$work/rivals" 2> "$work/why" || { cat "$work/why" >&2; exit 1; }

awk -F '\t' -v OFS='\t' '
    BEGIN {
        print "retriever", "recall@20", "decay 1", "rival", "ndcg@10", "decay 1", "rival", "train cpu s", "rival", "rival/ours"
    }
    FNR == 1 { file++ }
    file == 1 { recall[$1] = $2; ndcg[$1] = $3; cpu[$1] = $4 }
    file == 2 { even_recall[$1] = $2; even_ndcg[$1] = $3 }
    file == 3 && $1 in cpu {
        ratio = $4 > 0.0005 && cpu[$1] > 0.0005 ? sprintf("%.1f", cpu[$1] / $4) : "-"
        print $1, $2, even_recall[$1], recall[$1], $3, even_ndcg[$1], ndcg[$1], $4, cpu[$1], ratio
    }
' "$work/rivals" "$work/even" "$work/ours"
