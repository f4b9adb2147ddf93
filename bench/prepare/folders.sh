#!/usr/bin/env bash
# folders.sh DATA [FOLDER…]: prepares every folder of real data by a short mapping and compares the counts with
# those that the folder's README states. Folders that are not there are left out, and named.
# RANKINE is the binary; target/release/rankine by default. Fails where a count differs, or nothing was prepared.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
data=${1:?"the folder with the data sets"}; shift || true
[ -d "$data" ] || { echo "$data is no folder" >&2; exit 2; }
rankine=${RANKINE:-$top/target/release/rankine}
cases="movielens-100k:video-recommendation:movielens:watch 100000, users 943, items 1682
open-bandit-small:ad-click-prediction:open-bandit:requests 40000, positives 207, items 80
sms-spam:harmful-content:sms-spam:requests 5574, positives 747
youtube-spam:harmful-content:youtube-spam:requests 1956, positives 1005
plates-openimages:street-view-blurring:yolo:requests 315, annotate 315"
bad=0 done=0 absent=() 
one() { # FOLDER DESIGN MAPPING EXPECTED
  local folder=$data/$1
  if [ ! -d "$folder" ]; then absent+=("$1"); return; fi
  local said; said=$("$rankine" prepare "$2" --data "$folder" --mapping "$3" --check --json 2>/tmp/folders.$$)
  EXPECTED="$4" SAID="$said" FOLDER="$1" python3 - <<'PY' || { bad=$((bad + 1)); head -3 /tmp/folders.$$; }
import json, os, sys
try: said = json.loads(os.environ["SAID"])
except ValueError: print(f"{os.environ['FOLDER']:24} could not be prepared"); sys.exit(1)
data = {**said["data"], **said["data"]["interactions"], "rejected": sum(said["data"]["rejected"].values())}
wrong = []
for part in os.environ["EXPECTED"].split(","):
    name, value = part.split()
    if data.get(name) != int(value): wrong.append(f"{name} {data.get(name)}, not {value}")
if data["rejected"]: wrong.append(f"{data['rejected']} rejected: {said['data']['rejected']}")
states = {s: [c["name"] for c in said["checks"] if c["status"] == s] for s in ("warn", "fail")}
print(f"{os.environ['FOLDER']:24} {'WRONG ' + '; '.join(wrong) if wrong else 'as stated: ' + os.environ['EXPECTED'].strip()}")
for state, names in states.items():
    if names: print(f"{'':24}   {state}: {', '.join(names)}")
sys.exit(bool(wrong))
PY
  done=$((done + 1)); rm -f /tmp/folders.$$
}
wanted() { [ $# -eq 1 ] || [[ " ${*:2} " == *" $1 "* ]]; }
while IFS=: read -r folder case mapping expected; do
  wanted "$folder" "$@" && one "$folder" "$top/cases/$case" "$top/cases/$case/data/$mapping.toml" "$expected"
done <<< "$cases"
for mapping in "$here"/folders/*.toml; do
  folder=$(basename "$mapping" .toml)
  wanted "$folder" "$@" || continue
  over=$(sed -n 's/^# over: //p' "$mapping"); expected=$(sed -n 's/^# expect: //p' "$mapping")
  one "$folder" "$here/$over.toml" "$mapping" "$expected"
done
[ ${#absent[@]} -eq 0 ] || echo "left out, not there: ${absent[*]}"
echo "$done folders prepared, $bad not as stated"
[ "$done" -gt 0 ] && [ "$bad" -eq 0 ]
