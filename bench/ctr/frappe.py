"""frappe.py frappe.csv OUT_FOLDER: app uses become clicks (1) beside two apps a use that the user never used (0).

The draws and the parts (7 of 10 rows train, 2 valid, 1 test) come from SplitMix64 of a count, so that any
language can make the same files.
"""
import sys

MASK = (1 << 64) - 1


def mix(value):
    value = (value + 0x9E3779B97F4A7C15) & MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


with open(sys.argv[1]) as file:
    head, *uses = (line.split("\t") for line in file.read().rstrip("\n").split("\n"))
used = {(use[0], use[1]) for use in uses}
apps = sorted({int(use[1]) for use in uses})
parts = {part: open(f"{sys.argv[2]}/{part}.csv", "w") for part in ("train", "valid", "test")}
for part in parts.values():
    part.write(",".join(["label", "user", "item", *head[3:]]) + "\n")
draws = rows = 0
for use in uses:
    shown = [(1, use[1])]
    while len(shown) < 3:
        app = str(apps[mix(draws) % len(apps)])
        draws += 1
        if (use[0], app) not in used:
            shown.append((0, app))
    for label, app in shown:
        lot = mix((1 << 40) + rows) % 10
        rows += 1
        part = parts["train" if lot < 7 else "valid" if lot < 9 else "test"]
        part.write(",".join([str(label), use[0], app, *(cell.replace(",", " ") for cell in use[3:])]) + "\n")
for part in parts.values():
    part.close()
