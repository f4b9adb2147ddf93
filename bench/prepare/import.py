"""JSON Lines to examples: a log of items, rankings and clicks, and fifteen features of every item shown.

import.py PROGRAM [--rounds N] [--rankings N]: PROGRAM is the example `import`. Makes the log (fixed seed), lets Rankine
read and compute on one thread, lets orjson and DuckDB read the same lines, and prints medians by CPU time.
"""

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time

from turns import in_turns

WORDS = "red blue small large warm cold light heavy soft new old fast cheap fine round long".split()


def make(folder, rankings):
    """Items in the first hours, then rankings of 12 to 24 of them with a click after every other."""
    draw = random.Random(7)
    items, users = max(rankings // 10, 100), max(rankings // 8, 50)
    start, step = 1_760_000_000_000, 30 * 86_400_000 // rankings
    path = os.path.join(folder, "events.jsonl")

    def field(name, value):
        return {"name": name, "value": value}

    with open(path, "w") as file:
        def say(**line):
            file.write(json.dumps(line, separators=(",", ":")) + "\n")

        for item in range(items):
            fields = [
                field("title", " ".join(draw.sample(WORDS, 4))),
                field("category", f"c{draw.randrange(40)}"),
                field("tags", draw.sample(WORDS, 3)),
                field("price", round(draw.lognormvariate(3, 1), 2)),
                field("rating", round(draw.uniform(1, 5), 1)),
            ]
            say(event="item", id=f"e{item}", item=f"item{item}", timestamp=str(start + item), fields=fields)
        for ranking in range(rankings):
            at = start + 3_600_000 + ranking * step + draw.randrange(step)
            user = f"user{int(users * draw.random() ** 2)}"
            shown = [f"item{int(items * draw.random() ** 2)}" for _ in range(draw.randint(12, 24))]
            fields = [field("query", " ".join(draw.sample(WORDS, 2))), field("device", draw.choice(["phone", "desk"]))]
            say(event="ranking", id=f"r{ranking}", timestamp=str(at), user=user, session=f"s{ranking // 3}",
                fields=fields, items=[{"id": item} for item in shown])
            if draw.random() < 0.5:
                say(event="interaction", id=f"i{ranking}", ranking=f"r{ranking}", timestamp=str(at + 9000), user=user,
                    session=f"s{ranking // 3}", type="click", item=shown[int(len(shown) * draw.random() ** 2)])
    return path


def rival(name, path):
    if name == "orjson":
        import orjson

        begun, lines = time.process_time(), 0
        with open(path, "rb") as file:
            for line in file:
                orjson.loads(line)
                lines += 1
    else:
        import duckdb

        base = duckdb.connect()
        base.execute("SET threads=1")
        begun = time.process_time()
        columns = "{'event':'varchar','id':'varchar','timestamp':'varchar','user':'varchar','item':'varchar'," \
                  "'ranking':'varchar','type':'varchar','items':'struct(id varchar)[]'," \
                  "'fields':'struct(name varchar, value json)[]'}"
        base.execute(f"create table t as select * from read_json('{path}', format='newline_delimited', columns={columns})")
        lines = base.execute("select count(*) from t").fetchone()[0]
    print(json.dumps({"lines": lines, "parse_s": time.process_time() - begun}))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--rankings", type=int, default=200_000)
    arguments.add_argument("--rival", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.rival:
        return rival(given.rival, given.program)
    with tempfile.TemporaryDirectory() as folder:
        path = make(folder, given.rankings)
        megabytes = os.path.getsize(path) / 1e6
        commands = {"rankine": [given.program, folder]}
        for name in ("orjson", "duckdb"):
            commands[name] = [sys.executable, __file__, path, "--rival", name]
        commands["two"] = commands["rankine"]
        found = in_turns(commands, given.rounds, {"two": 2})
    lines = {one["lines"] for all in found.values() for one, _ in all}
    if len(lines) > 1 or any(one["taken"] != one["lines"] for one, _ in found["rankine"]):
        sys.exit(f"lines were lost: {found}")
    two = found.pop("two")
    if len({one["sum"] for one, _ in found["rankine"] + two}) > 1:
        sys.exit("two threads compute something else than one")
    print("| lines read by | MB a CPU second |")
    print("| --- | --- |")
    for name, all in found.items():
        print(f"| {name} | {statistics.median(megabytes / one['parse_s'] for one, _ in all):,.0f} |")
    ours = [one for one, _ in found["rankine"]]
    whole = statistics.median(one["lines"] / (one["prepare_s"] + one["compute_s"]) for one in ours)
    value = statistics.median(one["compute_s"] / one["values"] * 1e9 for one in ours)
    wall = [statistics.median(one["whole_s"] for one, _ in all) for all in (found["rankine"], two)]

    def share(part):
        return statistics.median(part(one) / (one["prepare_s"] + one["compute_s"]) for one in ours)

    shares = {
        "parsing": share(lambda one: one["parse_s"]),
        "naming, ordering and checks": share(lambda one: one["prepare_s"] - one["parse_s"]),
        "state": share(lambda one: one["observe_s"]),
        "writing values": share(lambda one: one["compute_s"] - one["observe_s"]),
    }
    limit = statistics.median(one["limit_ns"] for one in ours)
    peak = statistics.median(one["peak_mib"] for one in ours)
    print(
        f"\n{lines.pop():,} lines, {megabytes:.0f} MB. Rankine, lines to examples with all checks, one thread: "
        f"{whole:,.0f} events a CPU second, {value:.0f} ns a feature value ({ours[0]['features']} features, "
        f"{ours[0]['columns']} columns), peak {peak:,.0f} MiB; {given.rounds} rounds. Of it "
        + ", ".join(f"{part:.0%} {name}" for name, part in shares.items())
        + f". A second thread makes it {wall[0] / wall[1]:.2f} times as fast by the clock. The machine's limit: one read "
        f"somewhere in as much memory as the state takes, {limit:.0f} ns."
    )


if __name__ == "__main__":
    main()
