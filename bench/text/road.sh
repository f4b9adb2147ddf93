#!/bin/sh
# The contenders of the case on the rivals' own split of the short messages, through the whole road: a column says
# which rows are the test, the mapping of the case does the rest.
#   bench/text/road.sh sms.tsv [RANKINE]
set -eu
file=${1:?name sms.tsv}
rankine=${2:-rankine}
cases=$(cd "$(dirname "$0")/../../cases/harmful-content" && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
# Row n from 0 is test where n % 5 = 4, as in text_class of the rivals and in the driver.
awk -F '\t' 'NF > 1 { printf "%s\t%s\n", (n % 5 == 4 ? "test" : "learn"), $0; n += 1 }' "$file" > "$work/sms.tsv"
sed -e 's/^entities = .*/entities = { author = {}, post = { text = "text", part = "category" } }/' \
    -e 's/^split = .*/split = { by = "post.part", test = ["test"] }/' \
    -e 's/^columns = .*/columns = ["part", "class", "message"]/' \
    -e 's/^fields = { /fields = { part = "part", /' "$cases/data/sms-spam.toml" > "$work/rivals.toml"
"$rankine" run "$cases" --data "$work" --mapping "$work/rivals.toml" --once --visits 0 --runs "$work/runs"
