"""compare.py FILE: a table of JSON lines from the driver and the rivals; copies of the test left in, then out."""
import json
import sys

runs = {}
for line in open(sys.argv[1]):
    run = json.loads(line)
    runs.setdefault(run["lib"], {})[run["apart"]] = run
print("| | F1 | F1 apart | log loss | apart | AUC | PR-AUC | PR-AUC apart | train CPU s | predict CPU s |")
print("|---|---|---|---|---|---|---|---|---|---|")
for lib, both in runs.items():
    of = lambda key, digits=4: [f"{both[apart][key]:.{digits}f}" for apart in (False, True)]
    cells = [*of("f1_mean"), *of("log_loss", 3), of("auc")[0], *of("pr_auc"), of("train_cpu_s", 2)[0], of("predict_cpu_s", 3)[0]]
    print("| " + " | ".join([lib, *cells]) + " |")
