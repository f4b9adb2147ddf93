"""Lets programs run in turns, each in a process of its own with one thread, unless more are asked for."""

import json
import os
import subprocess
import sys

BOUNDS = ("OMP_NUM_THREADS", "POLARS_MAX_THREADS", "RAYON_NUM_THREADS")


def in_turns(commands, rounds, threads={}):
    """By name, for each round what the command printed as JSON, and its peak of memory in MiB. Who is named in
    `threads` has so many."""
    found = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(once(command, threads.get(name, 1)))
    return found


def bounded(threads):
    """The environment in which a program has so many threads."""
    return {**os.environ, **{name: str(threads) for name in BOUNDS}}


def once(command, threads=1):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=bounded(threads))
    printed = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} ended with {status}")
    return json.loads(printed), used.ru_maxrss / 1024
