"""A large log: what `rankine prepare --check` takes for 28.6 million clicks, and what state takes a user and an item.

large.py RANKINE STATE [--events N]: RANKINE is the program, STATE the example `state`. Makes a Parquet file of clicks in
sessions of four (fixed seed), has it prepared with all checks by one thread, and has a made log folded by the design
in import/ without holding it. Prints peaks of memory as the system tells them.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from turns import bounded, once

LARGE = os.path.join(os.path.dirname(__file__), "large")
SESSION = 4


def make(folder, events):
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    draw = np.random.default_rng(7)
    users, items, sessions = max(events // 7, 10), max(events // 200, 10), events // SESSION
    begins = np.sort(draw.random(sessions)) * 90 * 86400 + 1_760_000_000
    times = (begins[:, None] + np.arange(SESSION) * 60).astype(np.int64).ravel()
    asked = np.repeat((users * draw.random(sessions) ** 2).astype(np.int64), SESSION)
    taken = (items * draw.random(len(times)) ** 3).astype(np.int64)
    order = np.argsort(times, kind="stable")
    table = pa.table({"user": asked[order], "item": taken[order], "time": times[order]})
    pq.write_table(table, os.path.join(folder, "events.parquet"), row_group_size=1_000_000)
    return len(times), len(np.unique(asked)), len(np.unique(taken))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("state")
    arguments.add_argument("--events", type=int, default=28_600_000)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        events, users, items = make(folder, given.events)
        for name in ("design.toml", "mapping.toml"):
            shutil.copy(os.path.join(LARGE, name), folder)
        design = os.path.join(folder, "design.toml")
        command = [given.program, "prepare", "--check", design, "--data", folder, "--mapping", os.path.join(folder, "mapping.toml")]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=bounded(1))
        _, status, used = os.wait4(process.pid, 0)
        if status:
            sys.exit(f"{command} ended with {status}")
    peak, seconds = used.ru_maxrss / 1024, used.ru_utime + used.ru_stime
    print(
        f"{events:,} clicks of {users:,} users on {items:,} items, read and checked: peak {peak:,.0f} MiB, "
        f"{peak * 2**20 / events:.0f} bytes a click; {events / seconds:,.0f} clicks a CPU second.\n"
    )
    few, many = 1_000, 200_000
    (by_user, _), (by_item, _) = (once([given.state, str(a), str(b)]) for a, b in ((many, few), (few, many)))
    # What both have beside the many is little, and the same.
    print("| state of 15 features | bytes each | of them saved | after a month in which 99 of 100 are stale |")
    print("| --- | --- | --- | --- |")
    for name, one in (("a user of ten requests", by_user), ("an item shown a few times", by_item)):
        each = [one[key] / many for key in ("bytes", "saved", "bytes_after_a_month")]
        print(f"| {name} | {each[0]:,.0f} | {each[1]:,.0f} | {each[2]:,.0f} |")


if __name__ == "__main__":
    main()
