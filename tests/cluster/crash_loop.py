#!/usr/bin/env python3
"""kill -9 of a node under writers, again and again; then every acknowledged transaction must be there, whole and once.

    crash_loop.py BINARY [--loops N] [--writers N]

One process in single mode (controller and data node), dataSync=1. A transaction writes ROWS rows over three partitions;
its rows carry (writer, sequence). Prints `N passed, N failed` and exits 1 on any loss, double or half transaction."""
import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import threading
import time

from api import Client, ScriptError

ROWS = 60
DATABASE, TABLE = "dfs://ledger", "entries"


class Loopback:
    address = "127.0.0.71"

    def network(self):
        return contextlib.nullcontext()


HOST, PORT = Loopback(), 38711


class Node:
    def __init__(self, binary, home):
        self.command = [binary, "-mode", "single", "-localSite", f"{HOST.address}:{PORT}:ledger", "-home", home,
                        "-dataSync", "1", "-newValuePartitionPolicy", "add", "-logFile", f"{home}/node.log"]
        self.process = None

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, ConnectionError, ScriptError):
                with Client(HOST, PORT, 5):
                    return
            time.sleep(0.05)
        raise RuntimeError("the node did not come up within 30 s")

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


def write_until(stop, writer, acknowledged, attempted):
    """Appends one transaction after another until the node dies; remembers those that were acknowledged."""
    with contextlib.suppress(OSError, ConnectionError):
        with Client(HOST, PORT, 30) as client:
            while not stop.is_set():
                sequence = attempted[writer]
                attempted[writer] += 1
                try:
                    client.run(f"t = table(take({writer}, {ROWS}) as writer, take({sequence}l, {ROWS}) as sequence, "
                               f"2026.01.01 + (0..{ROWS - 1}) % 3 as day);"
                               f"loadTable('{DATABASE}', '{TABLE}').append!(t); 1")
                    acknowledged.add((writer, sequence))
                except ScriptError as refused:
                    # Another writer holds a partition; anything else is a fault worth seeing.
                    if "ChunkInTransaction" not in str(refused):
                        print("refused:", refused)


def check(acknowledged):
    """What is wrong with the ledger, as sentences."""
    with Client(HOST, PORT, 60) as client:
        rows = client.run(f"select count(*) as n from loadTable('{DATABASE}', '{TABLE}') group by writer, sequence")
    found = {(w, s): n for w, s, n in zip(rows["writer"], rows["sequence"], rows["n"])}
    wrong = [f"transaction {key} has {n} of {ROWS} rows" for key, n in found.items() if n != ROWS]
    wrong += [f"acknowledged transaction {key} is lost" for key in acknowledged if key not in found]
    return wrong, len(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--loops", type=int, default=10)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random.seed(options.seed)
    home = tempfile.mkdtemp(prefix="pelorus-ledger-")
    node = Node(os.path.abspath(options.binary), home)
    acknowledged, attempted, failed = set(), [0] * options.writers, 0
    try:
        node.start()
        with Client(HOST, PORT) as client:
            client.run(f"db = database('{DATABASE}', VALUE, [2020.01.01]);"
                       "schemaOf = table(1:0, `writer`sequence`day, [INT, LONG, DATE]);"
                       f"db.createPartitionedTable(schemaOf, '{TABLE}', 'day'); 1")
        for loop in range(options.loops):
            stop = threading.Event()
            writers = [threading.Thread(target=write_until, args=(stop, w, acknowledged, attempted))
                       for w in range(options.writers)]
            for writer in writers:
                writer.start()
            time.sleep(random.uniform(0.05, 0.6))
            node.kill()
            stop.set()
            for writer in writers:
                writer.join()
            node.start()
            wrong, found = check(acknowledged)
            failed += bool(wrong)
            for sentence in wrong[:5]:
                print(f"loop {loop}: {sentence}")
        print(f"{len(acknowledged)} acknowledged transactions, {found} present after {options.loops} kills")
    finally:
        node.kill()
        if failed:
            print(f"the node's files are kept in {home}")
        else:
            shutil.rmtree(home, ignore_errors=True)
    print(f"{options.loops - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
