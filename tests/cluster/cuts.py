#!/usr/bin/env python3
"""Links that are slow, lose packets or are cut, one way or both, under writers and readers.

    cuts.py BINARY [--rounds N] [--kind NAME] [--seed N] [--port N]

A controller and three data nodes with two replicas of each chunk, each on a host of its own (wire.py; needs root). In every
round four writers keep a ledger and a reader asks each node in turn, something happens to the links for some seconds, and
they heal. No statement may take longer than LONGEST, whatever it answers; then the nodes must find together again, take
writes, and show every acknowledged entry whole and once on each of them. Prints `N passed, N failed`, exits 1 if not, and 77
where there can be no such network."""
import argparse
import os
import random
import threading
import time

from ledger import HERE, Ledger, create
from processes import PROBLEMS, Replicated, Tally, outcome, running
from wire import Wire, is_possible

LONGEST = 30  # seconds: a lost peer is noticed after 10, an ended one after 8, and then another replica is asked
CONTROLLER, NODES = 0, (1, 2, 3)


class Faults:
    """Each method does something to the links, and says what; `heal` of the wire ends it."""

    def __init__(self, wire):
        self.wire = wire

    def slow(self):
        self.wire.slow_down(0.03, 0.02, 0.01)
        return "30 to 50 ms and 1 % loss everywhere"

    def lossy(self):
        self.wire.slow_down(0.0, 0.0, 0.1)
        return "10 % loss everywhere"

    def node_alone(self):
        node = random.choice(NODES)
        self.wire.cut_off(node)
        return f"N{node} is cut off"

    def controller_alone(self):
        self.wire.cut_off(CONTROLLER)
        return "the controller is cut off"

    def deaf_to_controller(self):
        node = random.choice(NODES)
        self.wire.cut(CONTROLLER, node, one_way=True)
        return f"N{node} does not hear the controller"

    def unheard_by_controller(self):
        node = random.choice(NODES)
        self.wire.cut(node, CONTROLLER, one_way=True)
        return f"the controller does not hear N{node}"

    def pair_apart(self):
        a, b = random.sample(NODES, 2)
        self.wire.cut(a, b)
        return f"N{a} and N{b} do not reach each other"

    def pair_one_way(self):
        a, b = random.sample(NODES, 2)
        self.wire.cut(a, b, one_way=True)
        return f"N{b} does not hear N{a}"


KINDS = ["deaf_to_controller", "pair_apart", "slow", "node_alone", "controller_alone", "pair_one_way", "unheard_by_controller",
         "lossy"]
SHORT = 6  # seconds; a cut twice as long outlives heartbeats and connections


class Watched:
    """A client whose statements are timed."""

    def __init__(self, client, slowest):
        self.client, self.slowest = client, slowest

    def __enter__(self):
        self.client.__enter__()
        return self

    def __exit__(self, *why):
        return self.client.__exit__(*why)

    def run(self, script):
        began = time.monotonic()
        try:
            return self.client.run(script)
        finally:
            self.slowest.append((time.monotonic() - began, script[:60]))
            self.slowest.sort(reverse=True)
            del self.slowest[3:]


def read_until(stop, cluster, slowest, answers):
    while not stop.is_set():
        for node in cluster.nodes:
            try:
                with Watched(node.connect(), slowest) as client:
                    client.run(f"select count(*) from {HERE} group by writer")
                answers["read"] = answers.get("read", 0) + 1
            except PROBLEMS:
                answers["not read"] = answers.get("not read", 0) + 1
            stop.wait(0.1)


def one_round(cluster, wire, ledger, kind, seconds):
    """What was done, and what is wrong."""
    stop, slowest, answers = threading.Event(), [], {}
    homes = [cluster.nodes[w % len(cluster.nodes)] for w in range(4)]
    threads = [threading.Thread(target=ledger.write_until,
                                args=(stop, lambda node=node: Watched(node.connect(), slowest), w)) for w, node in enumerate(homes)]
    threads.append(threading.Thread(target=read_until, args=(stop, cluster, slowest, answers)))
    before, acknowledged = wire.swallowed(), ledger.done["append"]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    what = getattr(Faults(wire), kind)()
    time.sleep(seconds)
    meanwhile = ledger.done["append"] - acknowledged
    wire.heal()
    time.sleep(1)
    stop.set()
    healed = time.monotonic()
    for thread in threads:
        thread.join()
    wrong = []
    if slowest and slowest[0][0] > LONGEST:
        wrong.append(f"a statement took {slowest[0][0]:.1f} s: {slowest[0][1]}")
    cluster.settle()
    took = time.monotonic() - healed
    for node in cluster.nodes:
        with node.connect() as client:
            ledger.write(client, 4)
            wrong += [f"{node.alias}: {sentence}" for sentence in ledger.check(client)]
    told = (f"{what} for {seconds} s; {wire.swallowed() - before} packets lost, {meanwhile} entries acknowledged meanwhile, "
            f"{answers.get('read', 0)} times read, {answers.get('not read', 0)} not; slowest statement {slowest[0][0]:.1f} s; "
            f"whole {took:.1f} s after it healed")
    return told, wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=2 * len(KINDS))
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=8900)
    options = parser.parse_args()
    random.seed(options.seed)
    if why := is_possible():
        print(f"there can be no wire: {why}")
        return 77
    binary, wire = os.path.abspath(options.binary), Wire(4)
    ledger, tally = Ledger(False), Tally()
    try:
        with running(lambda home: Replicated(binary, home, options.port, 2, hosts=wire.hosts), "cuts") as cluster:
            with cluster.nodes[0].connect() as client:
                client.run(create())
            for i in range(options.rounds):
                kind = options.kind or KINDS[i % len(KINDS)]
                told, wrong = one_round(cluster, wire, ledger, kind, SHORT if i // len(KINDS) % 2 else 2 * SHORT)
                print(f"round {i}: {told}", flush=True)
                tally.add(wrong, "  ")
            cluster.keep_files = bool(tally.failed)
    finally:
        wire.close()
        print(ledger.summary())
    return outcome(tally.passed, tally.failed)


if __name__ == "__main__":
    raise SystemExit(main())
