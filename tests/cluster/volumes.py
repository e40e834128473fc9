#!/usr/bin/env python3
"""Chunks move between the two volumes of data nodes under writers, and the nodes are killed meanwhile, again and again.

    volumes.py BINARY [--loops N] [--writers N] [--replicas N] [--engine TSDB] [--unsynced] [--port P]

By default one process in single mode; with --replicas a controller and three data nodes. With --unsynced (dataSync=0) OLAP rows
are in files at once. After each loop every acknowledged transaction must be there, whole and once, and each chunk in one
directory of its node. Prints `N passed, N failed` and exits 1 if not."""
import argparse
import collections
import contextlib
import os
import random
import threading
import time

from api import ScriptError
from ledger import DROP, Ledger, create
from patience import deadline
from processes import PROBLEMS, Replicated, Single, Tally, outcome, running

ID_LENGTH = 36


def with_volumes(cluster, home, synced=True):
    for node in cluster.nodes:
        if not synced:
            node.words[node.words.index("-dataSync") + 1] = "0"
        node.volumes = [f"{home}/{node.alias}-{which}" for which in ("first", "second")]
        node.words += ["-volumes", ",".join(node.volumes)]
    return cluster


class Mover:
    """Moves chunks of nodes until told to stop; `refused` counts errors by their first words. Rows in memory lie on no volume,
    so they are written to files now and then, and only moves of files count."""

    def __init__(self):
        self.moved, self.files, self.refused = 0, 0, collections.Counter()

    def move_until(self, stop, node):
        while not stop.is_set():
            try:
                with node.connect() as client:
                    while not stop.is_set():
                        self.move(client, node)
            except PROBLEMS as problem:
                self.refused[type(problem).__name__] += 1
                stop.wait(0.1)

    def move(self, client, node):
        found = client.run("select chunkId, path from getChunksMeta()")
        if not len(found["chunkId"]):
            return time.sleep(0.05)
        chunk, path = random.choice(list(zip(found["chunkId"], found["path"])))
        here = path.startswith(node.volumes[1] + "/")
        try:
            if random.random() < 0.3:
                client.run("flushOLAPCache(); flushTSDBCache()")
            files = len(segments_in(path))
            client.run(f'moveChunksAcrossVolume("{node.volumes[here]}", "{node.volumes[not here]}/CHUNKS", "{chunk}")')
            self.moved += files != 0
            self.files += files
        except ScriptError as problem:
            self.refused[str(problem)[:90].replace(chunk, "..")] += 1


def segments_in(directory):
    """Names of files; the directory may go meanwhile."""
    with contextlib.suppress(OSError):
        return [name for name in os.listdir(directory) if name.endswith((".seg", ".mem"))]
    return []


def scattered(node):
    """Chunks that have more than one directory on a node, as sentences."""
    places = collections.defaultdict(set)
    for volume in node.volumes:
        for directory, folders, _ in os.walk(volume):
            folders[:] = [name for name in folders if not name.startswith(".")]
            if len(os.path.basename(directory)) >= ID_LENGTH and not folders:
                places[os.path.basename(directory)[:ID_LENGTH]].add(directory)
    return [f"{node.alias}: chunk {chunk} lies in {sorted(found)}" for chunk, found in places.items() if len(found) > 1]


def run_loop(cluster, ledger, mover, writers):
    """Answers what is wrong, and whether the kill came between the beginning and the end of a move."""
    stop = threading.Event()
    threads = [threading.Thread(target=ledger.write_until, args=(stop, random.choice(cluster.nodes).connect, w)) for w in range(writers)]
    threads += [threading.Thread(target=mover.move_until, args=(stop, node)) for node in cluster.nodes]
    for thread in threads:
        thread.start()
    # A transaction in doubt since the last kill keeps its chunk, and the mover with it, for some seconds.
    moved, written, end = mover.moved, ledger.acknowledged(), deadline(15)
    while (mover.moved == moved or ledger.acknowledged() < written + 10) and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(random.uniform(0.0, 0.7))
    victim = random.choice(cluster.nodes)
    victim.kill()
    stop.set()
    interrupted = bool(scattered(victim))
    victim.start()
    for thread in threads:
        thread.join()
    cluster.settle()
    wrong = scattered(victim)
    with random.choice(cluster.nodes).connect() as client:
        return wrong + ledger.check(client), interrupted


def rebalance(cluster):
    """All chunks of a node on one volume, then evened out."""
    node, wrong = cluster.nodes[0], []
    with node.connect() as client, cluster.processes[0].connect() as controller:
        client.run("flushOLAPCache(); flushTSDBCache()")
        found = client.run("select chunkId, path from getChunksMeta()")
        there = [chunk for chunk, path in zip(found["chunkId"], found["path"]) if path.startswith(node.volumes[1] + "/")]
        for chunk in there:
            client.run(f'moveChunksAcrossVolume("{node.volumes[1]}", "{node.volumes[0]}", "{chunk}")')
        plan = controller.run(f'rebalanceChunksWithinDataNode("{node.alias}", false, 0)')
        done = controller.run(f'rebalanceChunksWithinDataNode("{node.alias}", true, 0)')
        paths = client.run("exec path from getChunksMeta()")
        counts = [sum(path.startswith(volume + "/") for path in paths) for volume in node.volumes]
        if len(paths) > 1 and (not len(plan["chunkId"]) or list(plan["chunkId"]) != list(done["chunkId"]) or counts[1] != len(plan["chunkId"])):
            wrong.append(f"a plan of {len(plan['chunkId'])} moves made {counts} chunks of {len(paths)}")
        if len(controller.run(f'rebalanceChunksWithinDataNode("{node.alias}")')["chunkId"]):
            wrong.append("chunks that were written just now are in the plan")
    return wrong


def answer(client, script):
    """The value, or the words of the error."""
    try:
        return client.run(script)
    except ScriptError as problem:
        return str(problem)


def bad_calls(node, chunk):
    """Scripts, and what their errors must say."""
    first, second = node.volumes
    move, even = "moveChunksAcrossVolume", f'rebalanceChunksWithinDataNode("{node.alias}"'
    return {
        "resetRecoveryWorkerNum(0)": "newWorkerNum", "resetRecoveryWorkerNum(2.5)": "newWorkerNum", 'resetRecoveryWorkerNum("4")': "newWorkerNum",
        f'{move}("/nowhere", "{second}", "{chunk}")': "srcPath", f'{move}("{first}", "/nowhere", "{chunk}")': "destPath",
        f'{move}("{first}", "{first}", "{chunk}")': "destPath", f'{move}("{first}", "{second}", "x")': "chunkIds",
        f'{move}("{first}", "{second}", "00000000-0000-0000-0000-000000000001")': "is not on volume",
        f'{move}("{first}", "{second}", "{chunk}", false)': "isDelSrc", f'{move}("{first}", "{second}", "{chunk}", 1)': "isDelSrc",
        'rebalanceChunksWithinDataNode("nobody")': "nobody", f"{even}, 5)": "exec", f"{even}, [true])": "exec",
        f"{even}, false, -1)": "updatedBeforeDays", f'{even}, false, "a")': "updatedBeforeDays",
    }


def calls(cluster):
    """What a user may call, what is refused to whom, and what must be empty or full after it."""
    node, wrong = cluster.nodes[0], []

    def expect(what, got, wanted):
        if not (wanted in got if isinstance(wanted, str) and isinstance(got, str) else got == wanted):
            wrong.append(f"{node.alias}: {what} is {got}, expected {wanted}")

    with node.connect() as client:
        expect("getRecoveryWorkerNum()", answer(client, "resetRecoveryWorkerNum(7); getRecoveryWorkerNum()"), 7)
        client.run("flushOLAPCache(); flushTSDBCache()")
        client.run("invalidateLevelIndexCache()")
        expect("usage", answer(client, "getLevelFileIndexCacheStatus()[`usage]"), 0)
        found = client.run("select chunkId, path from getChunksMeta()")
        for script, words in bad_calls(node, found["chunkId"][0]).items():
            expect(script, answer(client, script), words)
        expect("places", answer(client, "exec path from getChunksMeta()"), found["path"])
        client.run("logout()")
        for script in ("resetRecoveryWorkerNum(3)", "invalidateLevelIndexCache()", f'rebalanceChunksWithinDataNode("{node.alias}")',
                       f'moveChunksAcrossVolume("{node.volumes[0]}", "{node.volumes[1]}", "{found["chunkId"][0]}")'):
            expect(f"{script} of a guest", answer(client, script), "NoPrivilege")
    node.kill()
    node.start()
    cluster.settle()
    with node.connect() as client:
        expect("getRecoveryWorkerNum() after a start", answer(client, "getRecoveryWorkerNum()"), 4)
    return wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--loops", type=int, default=5)
    parser.add_argument("--writers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replicas", type=int, default=0)
    parser.add_argument("--engine", choices=["OLAP", "TSDB"], default="OLAP")
    parser.add_argument("--unsynced", action="store_true")
    parser.add_argument("--port", type=int, default=38781)
    options = parser.parse_args()
    random.seed(options.seed)
    binary = os.path.abspath(options.binary)

    def make(home):
        made = Replicated(binary, home, options.port, options.replicas, "data") if options.replicas else Single(binary, home, options.port)
        return with_volumes(made, home, not options.unsynced)

    ledger, mover, tally, began, interrupted = Ledger(True), Mover(), Tally(), time.monotonic(), 0
    try:
        with running(make, "volumes", in_memory=True) as cluster:
            with cluster.nodes[0].connect() as client:
                client.run(DROP)
                client.run(create(options.engine))
            for loop in range(options.loops):
                wrong, was_moving = run_loop(cluster, ledger, mover, options.writers)
                tally.add(wrong, f"loop {loop}: ")
                interrupted += was_moving
            if mover.moved < options.loops:
                tally.add([f"{mover.moved} moves of files"], "all loops: ")
            tally.add(rebalance(cluster), "rebalance: ")
            tally.add(calls(cluster), "calls: ")
            with cluster.nodes[0].connect() as client:
                tally.add(ledger.check(client), "after rebalance: ")
            cluster.keep_files = bool(tally.failed)
    finally:
        print(f"{options.engine}, replicas {options.replicas}: {mover.moved} moves of {mover.files} files in {time.monotonic() - began:.0f} s, "
              f"{interrupted} cut short by a kill; {ledger.summary()}")
        for what, count in mover.refused.most_common(5):
            print(f"  {count} x {what}")
    return outcome(tally.passed, tally.failed)


if __name__ == "__main__":
    raise SystemExit(main())
