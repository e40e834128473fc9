#!/usr/bin/env python3
"""kill -9 of nodes under writers, again and again; then every acknowledged transaction must be there, whole and once.

    crash_loop.py BINARY [--loops N] [--writers N] [--changes] [--replicas N] [--victims any|data|controller] [--engine TSDB]

By default one process in single mode (controller and data node), dataSync=1, and writers that append. With --changes they
update, upsert and delete their entries as well. With --replicas a controller and three data nodes hold so many replicas of
each chunk; one of the four processes dies in each loop, or one of those that --victims names. All of it is on a file system
in memory where there is one: a kill -9 leaves what was written to it, as it does on a disk. Prints `N passed, N failed` and
exits 1 on any loss, double or half transaction."""
import argparse
import os
import random
import threading
import time

from ledger import DROP, Ledger, create
from processes import Replicated, Single, Tally, outcome, running

FRESH_AFTER = 100  # loops, then the ledger begins anew: its check reads all of it


def run_loop(cluster, ledger, writers, readers):
    """Writers run, a process dies and comes back, writers end. Answers what is wrong, as `readers` see it."""
    stop = threading.Event()
    threads = [threading.Thread(target=ledger.write_until, args=(stop, random.choice(cluster.nodes).connect, w))
               for w in range(writers)]
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0.05, 0.5))
    victim = random.choice(cluster.victims)
    victim.kill()
    if len(cluster.processes) > 1:
        time.sleep(random.choice([0.0, random.uniform(0.0, 0.5), random.uniform(0.0, 2.0)]))  # the others go on
        victim.start()
        time.sleep(random.uniform(0.0, 0.6))
        stop.set()
    else:
        stop.set()
        victim.start()
    for thread in threads:
        thread.join()
    cluster.settle()
    wrong = []
    for node in readers:
        with node.connect() as client:
            wrong += ledger.check(client)
    return victim.alias, wrong


def begin_anew(cluster, ledger, engine):
    with cluster.nodes[0].connect() as client:
        client.run(DROP)
        client.run(create(engine))
    ledger.forget()


def compare_replicas(cluster, ledger):
    """Each node in turn is away: the other replicas alone must tell the same."""
    wrong = []
    for away in cluster.nodes:
        away.kill()
        reader = next(node for node in cluster.nodes if node is not away)
        with reader.connect() as client:
            wrong += [f"without {away.alias}: {sentence}" for sentence in ledger.check(client)]
        away.start()
        cluster.settle()
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--loops", type=int, default=10)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--changes", action="store_true")
    parser.add_argument("--replicas", type=int, default=0)
    parser.add_argument("--victims", choices=["any", "data", "controller"], default="any")
    parser.add_argument("--engine", choices=["OLAP", "TSDB"], default="OLAP")
    parser.add_argument("--port", type=int, default=38711)
    options = parser.parse_args()
    random.seed(options.seed)
    binary = os.path.abspath(options.binary)

    def make(home):
        if not options.replicas:
            return Single(binary, home, options.port)
        return Replicated(binary, home, options.port, options.replicas, options.victims)

    ledger, tally, began = Ledger(options.changes), Tally(), time.monotonic()
    try:
        with running(make, "ledger", in_memory=True) as cluster:
            for loop in range(options.loops):
                if loop % FRESH_AFTER == 0:
                    begin_anew(cluster, ledger, options.engine)
                all_read = loop % 10 == 0 or loop + 1 == options.loops
                readers = cluster.nodes if all_read else [random.choice(cluster.nodes)]
                victim, wrong = run_loop(cluster, ledger, options.writers, readers)
                tally.add(wrong, f"loop {loop} ({victim} killed): ")
            if options.replicas > 1:
                for sentence in compare_replicas(cluster, ledger)[:5]:
                    print(sentence)
                    tally.failed += 1
            cluster.keep_files = bool(tally.failed)
    finally:
        print(f"{options.engine}, replicas {options.replicas}, victims {options.victims}: {tally.passed + tally.failed} loops in "
              f"{time.monotonic() - began:.0f} s; {ledger.summary()}")
    return outcome(tally.passed, tally.failed)


if __name__ == "__main__":
    raise SystemExit(main())
