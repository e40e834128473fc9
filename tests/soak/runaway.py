#!/usr/bin/env python3
"""Queries that want more memory than maxMemSize allows, again and again; the node must refuse each by name and live on.

    runaway.py BINARY [--queries 10000] [--growing-every 20] [--threads 4] [--port 26300]

One process in single mode with maxMemSize=1. Each query must fail with the limit in its message; between them a small
query must be right. At the end the memory of columns and of the process must be back near where it began."""
import argparse
import itertools
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "cluster"))
from api import Client, ScriptError  # noqa: E402
from processes import Loopback  # noqa: E402


HERE = Loopback("127.0.0.1")


# More than all there is at once.
AT_ONCE = [
    "x = rand(1.0, 400000000); sum(x)",
    "sum(take(1.0, 200000000))",
    "x = 0..300000000; size(x)",
    "x = take(0l, 200000000); sum(x)",
    "string(take(`abc, 300000000))",
    "t = table(rand(10, 300000000) as a); select count(*) from t group by a",
]
# They take and fill memory until there is no more: seconds each.
GROWING = [
    "cross(add, 0..30000, 0..30000)",
    "x = 0..150000000; y = x + 1; z = y * 2; size(z)",
    "t = table(0..40000000 as a, rand(10, 40000001) as b); select sum(a) as s from t group by a, b",
    "sort(rand(1.0, 90000000))",
    "x = []; do { x.append!(rand(1.0, 10000000)) } while(true)",
    "t = table(rand(1000, 1000000) as k, 0..999999 as v); select * from ej(t, t, `k)",
    "s = take(`abcdefghijklmnopqrstuvwxyz, 60000000) + string(0..59999999); size(s)",
    "d = dict(INT, ANY); for(i in 0..100000){ d[i] = rand(1.0, 100000) }",
    "m = matrix(rand(1.0, 50000000), rand(1.0, 50000000), rand(1.0, 50000000)); m + m",
]


def resident_mib(pid):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def small_query(client, n, wrong):
    """May be refused while the others hold all there is, but not for long."""
    end = time.monotonic() + 60
    while True:
        try:
            if client.run("sum(1..1000)") != 500500:
                wrong.append(f"after query {n} the sum of 1..1000 is wrong")
            return
        except ScriptError as error:
            if "maxMemSize" not in str(error) or time.monotonic() > end:
                wrong.append(f"after query {n}: {error}")
                return
            time.sleep(0.01)


def runaway(n, growing_every):
    if n % growing_every == 0:
        return GROWING[n // growing_every % len(GROWING)]
    return AT_ONCE[n % len(AT_ONCE)]


def attack(host, port, numbers, growing_every, wrong, counts):
    with Client(host, port, 600) as client:
        for n in numbers:
            script = runaway(n, growing_every)
            try:
                client.run(script)
                wrong.append(f"query {n} was not refused: {script}")
            except ScriptError as error:
                if "maxMemSize" not in str(error):
                    wrong.append(f"query {n}: {error}: {script}")
                counts[n % growing_every == 0] += 1
            client.run("undef all")
            small_query(client, n, wrong)


def attack_to_the_end(*everything):
    """A client that loses the node has not passed."""
    try:
        attack(*everything)
    except (OSError, ScriptError, ValueError, IndexError) as problem:
        everything[4].append(f"a client ended early: {problem!r}")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("binary")
    args.add_argument("--queries", type=int, default=10000)
    args.add_argument("--growing-every", type=int, default=20, help="every so many queries one that fills memory before it fails")
    args.add_argument("--threads", type=int, default=4)
    args.add_argument("--port", type=int, default=26300)
    args = args.parse_args()
    home = tempfile.mkdtemp(prefix="pelorus_runaway_")
    node = subprocess.Popen([args.binary, "-mode", "single", "-home", home, "-localSite", f"127.0.0.1:{args.port}:runaway",
                             "-maxMemSize", "1"], stdout=open(home + "/out", "w"), stderr=subprocess.STDOUT)
    wrong, counts = [], [0, 0]
    try:
        for _ in range(200):
            try:
                with Client(HERE, args.port, 5):
                    break
            except (OSError, ScriptError):
                time.sleep(0.05)
        before = resident_mib(node.pid)
        begin, peak = time.monotonic(), before
        threads = [threading.Thread(target=attack_to_the_end, args=(HERE, args.port, range(i, args.queries, args.threads),
                                                          args.growing_every, wrong, counts))
                   for i in range(args.threads)]
        for t in threads:
            t.start()
        while any(t.is_alive() for t in threads):
            peak = max(peak, resident_mib(node.pid) if node.poll() is None else 0)
            time.sleep(0.2)
        if node.poll() is not None:
            wrong.append(f"the process ended with {node.returncode}, see {home}/out")
        else:
            time.sleep(3)
            after = resident_mib(node.pid)
            with urllib.request.urlopen(f"http://127.0.0.1:{args.port}/metrics") as metrics:
                print(*(line for line in metrics.read().decode().splitlines() if "memory" in line and line[0] != "#"), sep="\n")
            if after > before + 128:
                wrong.append(f"resident memory was {before:.0f} MiB and is {after:.0f} MiB")
            print(f"resident {before:.0f} MiB before, {peak:.0f} at most, {after:.0f} after")
        print(f"{sum(counts)} refused in {time.monotonic() - begin:.0f} s: {counts[0]} at once, {counts[1]} after they had filled memory")
    finally:
        node.kill()
        node.wait()
    for line in itertools.islice(wrong, 20):
        print("WRONG", line)
    print(f"{sum(counts)} passed, {len(wrong)} failed")
    if not wrong:
        shutil.rmtree(home, ignore_errors=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
