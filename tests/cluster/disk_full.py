#!/usr/bin/env python3
"""The volume of a data node fills up under a writer, again and again.

    disk_full.py BINARY [--loops N] [--port P]

A controller, and a data node whose volume is a tmpfs of 64 MiB (needs root). In each loop a ballast file leaves little room, the
writer appends until it gets an error, which must name the volume; then the node must still answer queries, and once the
ballast is gone take writes again without a restart. Every acknowledged entry must be there, whole and once. Prints
`N passed, N failed` and exits 1 if not."""
import argparse
import contextlib
import os
import subprocess
import time

from api import ScriptError
from ledger import HERE, Ledger, create
from processes import Loopback, Replicated, Tally, outcome, running

VOLUME_MIB, LEFT_MIB = 64, 2
BIG = 60_000  # rows of the appends that fill what is left; more than 1 MiB, so that they are files at once


class SmallVolume(Replicated):
    """One data node on a file system of its own."""

    def __init__(self, binary, home, port):
        super().__init__(binary, home, port, 1, hosts=[Loopback()] * 2)
        self.volume = f"{home}/volume"
        os.mkdir(self.volume)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={VOLUME_MIB}m", "tmpfs", self.volume], check=True)
        self.nodes[0].words += ["-volumes", self.volume]

    def close(self):
        subprocess.run(["umount", "-l", self.volume], check=False)

    def fill(self):
        """Leaves so little room."""
        with open(f"{self.volume}/ballast", "wb") as file:
            room = os.statvfs(self.volume)
            with contextlib.suppress(OSError):  # the node has taken the room meanwhile: full is full
                os.posix_fallocate(file.fileno(), 0, max(1, room.f_bavail * room.f_frsize - (LEFT_MIB << 20)))

    def free(self):
        os.remove(f"{self.volume}/ballast")


def append_until_full(cluster, client, ledger, writer):
    """The error that ended it. Big appends take the room that small ones then lack."""
    for big in range(200):
        if big % 50 == 0:
            cluster.fill()  # again: the node removes files of old versions meanwhile
        try:
            client.run(f"t = table(take({1000 + writer}, {BIG}) as writer, take({big}l, {BIG}) as sequence, 0..{BIG - 1} as item, "
                       f"take(2026.02.01, {BIG}) as day, rand(1000000000l, {BIG}) as v); {HERE}.append!(t); 1")
        except ScriptError as problem:
            ledger.write(client, writer)  # may go well: it needs less
            return str(problem)
    return ""


def run_loop(cluster, ledger, loop):
    wrong = []
    node = cluster.nodes[0]
    with node.connect() as client:
        for _ in range(3):
            ledger.write(client, loop)
        why = append_until_full(cluster, client, ledger, loop)
        if "No space left" not in why or cluster.volume not in why:
            wrong.append(f"the error does not name the full volume: {why[:200]}")
        if client.run("1 + 1") != 2:
            wrong.append("the node does not count any more")
        client.run(f"select count(*) from {HERE}")
        cluster.free()
        before = ledger.done["append"]
        for _ in range(20):
            ledger.write(client, loop)
            if ledger.done["append"] > before:
                break
            time.sleep(0.5)
        else:
            wrong.append("no write succeeds after there is room again")
        client.run(f"delete from {HERE} where writer >= 1000")
        wrong += ledger.check(client)
    if node.process.poll() is not None:
        wrong.append(f"the node ended with {node.process.returncode}")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--loops", type=int, default=10)
    parser.add_argument("--port", type=int, default=38761)
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    ledger, tally = Ledger(False), Tally()
    try:
        with running(lambda home: SmallVolume(binary, home, options.port), "full") as cluster:
            with cluster.nodes[0].connect() as client:
                client.run(create())
            for loop in range(options.loops):
                wrong = run_loop(cluster, ledger, loop)
                tally.add(wrong, f"loop {loop}: ")
            cluster.keep_files = bool(tally.failed)
    finally:
        print(ledger.summary())
    return outcome(tally.passed, tally.failed)


if __name__ == "__main__":
    raise SystemExit(main())
