#!/usr/bin/env python3
"""What happens to files of data nodes, on real processes: bits flip, files and volumes go, catalogs are damaged.

    damage.py BINARY [--rounds N] [--seed N] [--port N]

A controller and three data nodes with two replicas of each chunk: after every kind of damage all nodes must give the rows
as they were, and soon both replicas must be whole again; also when the newest rows were in a redo log that was damaged. Then
one process with one replica: the error must name the chunk, and other chunks must be read as before. Prints `N passed, N failed` and exits 1 when rows were wrong, lost or not mended."""
import argparse
import os
import pathlib
import random
import shutil
import time

from api import ScriptError
from damage_redo import redo_log_of_one_replica, redo_log_of_the_only_replica
from damaged import APPEND, CREATE, DIGEST, TABLES, all_there, chunk_files, digest, flip, only_the_victim_is_right, same, write_files, wrong_rows
from processes import Replicated, Single, outcome, running, wait_for

class Damage:
    """Each method does something to the files of a node that does not run, and says what."""

    def __init__(self, home):
        self.home = home

    def flip_in_segment(self, alias):
        path = random.choice(chunk_files(self.home, alias))
        bit = random.randrange(path.stat().st_size * 8)
        flip(path, bit)
        return f"bit {bit} of {path.name} flipped"

    def remove_segment(self, alias):
        path = random.choice(chunk_files(self.home, alias))
        path.unlink()
        return f"{path.name} removed"

    def cut_segment(self, alias):
        path = random.choice(chunk_files(self.home, alias))
        os.truncate(path, random.randrange(path.stat().st_size))
        return f"{path.name} cut off"

    def flip_in_catalog(self, alias):
        path = pathlib.Path(self.home, alias, "storage", "CHUNK_METADATA", "data.mdb")
        for _ in range(20):
            flip(path, random.randrange(path.stat().st_size * 8))
        return "20 bits of the catalog flipped"

    def flip_in_closed_catalog(self, alias):
        path = pathlib.Path(self.home, alias, "storage", "CHUNK_METADATA", "data.mdb")
        bit = random.randrange(path.stat().st_size * 8)
        flip(path, bit)
        return f"bit {bit} of the closed catalog flipped"

    def lose_volume(self, alias):
        for entry in pathlib.Path(self.home, alias, "storage").iterdir():
            if entry.is_dir() and entry.name != "CHUNK_METADATA":
                shutil.rmtree(entry)
        return "all files of the volume removed"

    def wipe(self, alias):
        shutil.rmtree(pathlib.Path(self.home, alias))
        return "everything of the node removed"


KINDS = ["flip_in_segment", "remove_segment", "cut_segment", "flip_in_catalog", "flip_in_closed_catalog", "lose_volume", "wipe"]


def told_of_catalog(home, alias):
    """How often a node has said that its catalog is not as it was when it was closed."""
    return pathlib.Path(home, f"{alias}.log").read_text(errors="replace").count("when it was closed")


def one_round(cluster, damage, kind, wanted):
    """Answers what is wrong."""
    victim = random.choice(cluster.nodes)
    closed = kind == "flip_in_closed_catalog"
    if closed:
        victim.stop()
    else:
        victim.kill()
    what, told = getattr(damage, kind)(victim.alias), told_of_catalog(cluster.home, victim.alias)
    victim.start()
    wait_for("answer of the node", victim.answers, 30)
    wrong = []
    if closed and told_of_catalog(cluster.home, victim.alias) == told:
        wrong.append(f"{victim.alias}: {what}, and it said nothing")
    for node in cluster.nodes:
        if problem := wrong_rows(node, wanted):
            wrong.append(f"{node.alias} after: {victim.alias}: {what}: {problem}")
    began = time.monotonic()
    try:
        # A reader on each node has met the damage by now, or the report of the node has told of it.
        wait_for("whole replicas", lambda: all_there(cluster), 60)
    except RuntimeError as problem:
        wrong.append(f"{victim.alias}: {what}: {problem}")
    return f"{victim.alias}: {what}; whole after {time.monotonic() - began:.1f} s", wrong


def two_replicas(binary, port, rounds):
    failed = 0
    with running(lambda home: Replicated(binary, home, port, 2), "damage") as cluster:
        with cluster.nodes[0].connect() as client:
            client.run(CREATE)
            client.run(APPEND)
            wanted = digest(client)
        write_files(cluster.nodes)
        damage = Damage(cluster.home)
        for i in range(rounds):
            told, wrong = one_round(cluster, damage, KINDS[i % len(KINDS)], wanted)
            print(f"round {i}: {told}", flush=True)
            failed += bool(wrong)
            for sentence in wrong:
                print(f"  {sentence}", flush=True)
        last = only_the_victim_is_right(cluster, wanted)
        for sentence in last:
            print(sentence)
        failed += bool(last)
        cluster.keep_files = bool(failed)
    return rounds + 1 - failed, failed


def marked(client):
    return client.run("exec count(*) from getClusterChunksStatus() where replicas like '%:true:%'")


def read_with_damage(client, chunk):
    """What is wrong while one file is damaged."""
    wrong = []
    try:
        client.run(DIGEST.format(*TABLES[0]))
        wrong.append("damaged rows were read")
    except ScriptError as problem:
        if chunk not in str(problem):
            wrong.append(f"the error does not name chunk {chunk}: {problem}")
    for day, rows in (("2026.01.01", 30000), ("2026.01.03", 30000)):
        count = client.run(f"exec count(qty) from loadTable('dfs://damage', 'olap') where day = {day}")
        if count != rows:
            wrong.append(f"{day} has {count} rows")
    time.sleep(1)
    if (chunks := marked(client)) != 1:
        wrong.append(f"{chunks} chunks are marked as damaged")
    return wrong


def one_replica(binary, port):
    """The error names the chunk; other chunks are read as before; the file that comes back is read again."""
    with running(lambda home: Single(binary, home, port), "damage-one") as node:
        process = node.processes[0]
        with process.connect() as client:
            client.run(CREATE)
            client.run(APPEND)
            wanted = digest(client)
        write_files(node.nodes)
        process.kill()
        path = next(p for p in chunk_files(node.home, "ledger") if "damage/20260102" in str(p))
        original = path.read_bytes()
        flip(path, len(original) * 4)
        process.start()
        node.settle()
        with process.connect() as client:
            wrong = read_with_damage(client, path.parent.name)
        path.write_bytes(original)
        process.kill()
        process.start()
        node.settle()

        def unmarked():
            with process.connect() as client:
                return marked(client) == 0
        try:
            wait_for("a chunk that is whole again", unmarked, 30)
        except RuntimeError as problem:
            wrong.append(str(problem))
        with process.connect() as client:
            if not same(digest(client), wanted):
                wrong.append("the rows are others after the file came back")
        node.keep_files = bool(wrong)
    for sentence in wrong:
        print(f"one replica: {sentence}")
    return (0, 1) if wrong else (1, 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=len(KINDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=38731)
    options = parser.parse_args()
    random.seed(options.seed)
    binary = os.path.abspath(options.binary)
    parts = [one_replica(binary, options.port + 10), redo_log_of_the_only_replica(binary, options.port + 11),
             redo_log_of_one_replica(binary, options.port + 20, max(1, options.rounds // len(KINDS))),
             two_replicas(binary, options.port, options.rounds)]
    return outcome(sum(passed for passed, _ in parts), sum(failed for _, failed in parts))


if __name__ == "__main__":
    raise SystemExit(main())
