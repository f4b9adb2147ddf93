"""What ranking costs a server: CPU a `POST /v1/rank` of 100 candidates over that of an empty handler.

rank.py PROGRAM [--rankings N] [--requests N]: PROGRAM is `rankine`. Makes the log of bench/prepare/import.py, learns 100
trees on its 15 features, serves them, and asks over kept connections, with 1 and with 32 of them, `/healthz` and
`/v1/rank` in turns. The server's CPU is read from the system, so that what asks does not count.
"""

import argparse
import http.client
import importlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../prepare"))


def cpu(process):
    """CPU seconds of a process."""
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(port, process, connections, requests, ask):
    """CPU seconds of the server a request, and milliseconds of waiting at the 50th and 99th of 100."""
    waits, lock = [], threading.Lock()

    def one(seed):
        draw, own = random.Random(seed), []
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(requests // connections):
            method, path, body = ask(draw)
            begun = time.perf_counter()
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = answer.read()
            own.append(time.perf_counter() - begun)
            if answer.status != 200:
                raise SystemExit(f"{path}: {answer.status} {said[:300]}")
        with lock:
            waits.extend(own)

    before = cpu(process)
    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(connections)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    spent = cpu(process) - before
    if len(waits) < requests // connections * connections:
        raise SystemExit("a connection failed")
    waits.sort()
    return spent / len(waits), waits[len(waits) // 2] * 1000, waits[len(waits) * 99 // 100] * 1000


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--rankings", type=int, default=20_000)
    arguments.add_argument("--requests", type=int, default=3000)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        importlib.import_module("import").make(folder, given.rankings)
        design = os.path.join(folder, "design.toml")
        with open(os.path.join(HERE, "../prepare/import/design.toml")) as file:
            text = file.read().replace('score = "trees"', 'score = { algorithm = "trees", trees = 100 }')
        # Nobody else competes, so that it is served.
        text = text.replace('[[contenders]]\nname = "popular"\nretrieve = ["popular"]\n', "")
        with open(design, "w") as file:
            file.write(text.replace("[evaluate]", "[evaluate]\ntrials = 1"))
        runs = os.path.join(folder, "runs")
        made = subprocess.run(
            [given.program, "run", design, "--data", os.path.join(folder, "events.jsonl"), "--runs", runs, "--json"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        if made.returncode not in (0, 3):
            raise SystemExit(made.stderr.decode())
        run = json.loads(made.stdout)
        server = subprocess.Popen(
            [given.program, "serve", run["run"], "--port", "0", "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        try:
            port = int(json.loads(server.stdout.readline())["address"].rsplit(":", 1)[1])
            while True:
                try:
                    connection = http.client.HTTPConnection("127.0.0.1", port)
                    connection.request("GET", "/readyz")
                    if connection.getresponse().status == 200:
                        break
                except OSError:
                    pass
                time.sleep(0.1)
            items, users = max(given.rankings // 10, 100), max(given.rankings // 8, 50)

            def rank(draw):
                shown = draw.sample(range(items), 100)
                body = {
                    "user": f"user{draw.randrange(users)}",
                    "items": [f"item{item}" for item in shown],
                    "context": {"query": "red large", "device": "phone"},
                }
                return "POST", "/v1/rank", json.dumps(body)

            def empty(_):
                return "GET", "/healthz", None

            print("| connections | asked | CPU a request, us | p50, ms | p99, ms |")
            print("| --- | --- | --- | --- | --- |")
            for connections in (1, 32):
                spent = {}
                for name, ask in (("/healthz", empty), ("/v1/rank", rank)):
                    load(port, server.pid, connections, 320, ask)
                    rounds = [load(port, server.pid, connections, given.requests, ask) for _ in range(given.rounds)]
                    used, half, most = (statistics.median(column) for column in zip(*rounds))
                    spent[name] = used
                    print(f"| {connections} | `{name}` | {used * 1e6:.0f} | {half:.2f} | {most:.2f} |")
                over = (spent["/v1/rank"] - spent["/healthz"]) * 1e6 / 100
                print(f"| {connections} | a candidate, over the empty handler | {over:.2f} | | |")
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
