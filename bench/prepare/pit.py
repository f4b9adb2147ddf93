"""Six point-in-time counts before each of two million events, by Rankine, NumPy and Polars, one thread each.

pit.py PROGRAM [--rounds N] [--events N]: PROGRAM is the example `pit`. Makes the events (fixed seed), lets everyone
compute in its own process, in turns, and prints the median of each with its peak of memory and the ratio to
Polars. Ends with an error unless all checksums agree.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time

from turns import in_turns

WINDOWS = [3600, 86400, 7 * 86400]
WEIGHTS = 1009


BUYS = 2000


def make(folder, events):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = np.random.default_rng(5)
    path = os.path.join(folder, "events.parquet")

    def named(many, slope):
        weights = 1 / np.arange(1, many + 1) ** slope
        return draw.choice(many, size=events, p=weights / weights.sum()).astype(np.int32)

    seconds = np.sort(draw.integers(0, 60 * 86400, events)) + 1_760_000_000
    table = pa.table({"user": named(100_000, 0.8), "item": named(50_000, 1.0), "time": seconds})
    pq.write_table(table, path, compression="zstd")
    # Rankine's label, which the others know nothing of.
    pq.write_table(table.take(np.sort(draw.choice(events, min(BUYS, events), replace=False))), os.path.join(folder, "buys.parquet"))
    return path


def by_numpy(path):
    """One sort of key and time together a key, two binary searches a window."""
    import numpy as np
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    seconds = table["time"].to_numpy()
    keys = [table[key].to_numpy().astype(np.int64) for key in ("item", "user")]
    begun = time.process_time()
    columns = []
    for key in keys:
        joint = (key << 33) + seconds
        order = np.argsort(joint, kind="stable")
        ordered = joint[order]
        end = np.searchsorted(ordered, ordered, "left")
        for window in WINDOWS:
            column = np.empty(len(joint), np.uint32)
            column[order] = end - np.searchsorted(ordered, ordered - window, "left")
            columns.append(column)
    return time.process_time() - begun, columns


def by_polars(path):
    """A rolling sum over each group, closed on the left."""
    import polars as pl

    frame = pl.read_parquet(path)
    begun = time.process_time()
    frame = frame.with_columns(one=pl.lit(1, pl.UInt32), at=pl.from_epoch("time", "s"))
    sums = [
        pl.col("one").rolling_sum_by("at", window_size=f"{window}s", closed="left", min_samples=0)
        .over(key).fill_null(0).cast(pl.UInt32).alias(f"{key}{window}")
        for key in ("item", "user")
        for window in WINDOWS
    ]
    made = frame.select(sums)
    spent = time.process_time() - begun
    return spent, [column.to_numpy() for column in made.iter_columns()]


def rival(name, path):
    import numpy as np

    spent, columns = {"numpy": by_numpy, "polars": by_polars}[name](path)
    weights = np.arange(len(columns[0])) % WEIGHTS + 1
    columns = [column.astype(np.int64) for column in columns]
    report = {
        "compute_s": spent,
        "events": len(weights),
        "sums": [int(column.sum()) for column in columns],
        "weighed": [int((column * weights).sum()) for column in columns],
    }
    print(json.dumps(report))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--events", type=int, default=2_000_000)
    arguments.add_argument("--rival", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.rival:
        return rival(given.rival, given.program)
    with tempfile.TemporaryDirectory() as folder:
        path = make(folder, given.events)
        commands = {"rankine": [given.program, folder]}
        for name in ("numpy", "polars"):
            commands[name] = [sys.executable, __file__, path, "--rival", name]
        commands["two"] = commands["rankine"]
        found = in_turns(commands, given.rounds, {"two": 2})
    said = {json.dumps([one["sums"], one["weighed"]]) for all in found.values() for one, _ in all}
    if len(said) > 1:
        sys.exit("the checksums differ:\n" + "\n".join(sorted(said)))
    two = found.pop("two")
    speed = {
        name: statistics.median(one["events"] / one["compute_s"] for one, _ in all) for name, all in found.items()
    }
    print("| by | events a CPU second | to Polars | peak, MiB |")
    print("| --- | --- | --- | --- |")
    for name, all in found.items():
        peak = statistics.median(peak for _, peak in all)
        print(f"| {name} | {speed[name]:,.0f} | {speed[name] / speed['polars']:.2f} | {peak:,.0f} |")
    wall = [statistics.median(one["whole_s"] for one, _ in all) for all in (found["rankine"], two)]
    print(
        f"\n{given.events:,} events, {given.rounds} rounds, all checksums equal. A second thread makes Rankine "
        f"{wall[0] / wall[1]:.2f} times as fast by the clock."
    )


if __name__ == "__main__":
    main()
