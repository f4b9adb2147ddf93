"""compare.py FILE: a table of JSON lines from the driver and the rival, and the ratio of their medians."""
import json
import statistics
import sys

runs = {}
for line in open(sys.argv[1]):
    run = json.loads(line)
    runs.setdefault(run["lib"], []).append(run)
print(f"{'':22} {'NDCG@5':>8} {'NDCG@10':>8} {'train CPU s':>12} {'predict CPU s':>14}  runs")
middle = {}
for lib, all_runs in runs.items():
    of = lambda key: statistics.median(run[key] for run in all_runs)
    mean = lambda key: statistics.mean(run[key] for run in all_runs)
    middle[lib] = of("train_cpu_s")
    print(f"{lib:22} {mean('ndcg5'):8.4f} {mean('ndcg10'):8.4f} {middle[lib]:12.2f} {of('predict_cpu_s'):14.2f}  {len(all_runs)}")
rivals = [lib for lib in middle if not lib.startswith("rankine")]
if rivals:
    print(f"train CPU, rankine over {rivals[0]}: {middle['rankine trees'] / middle[rivals[0]]:.2f}")
else:
    print("no rival is installed: figures of this build alone")
