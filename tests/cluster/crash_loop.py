#!/usr/bin/env python3
"""kill -9 of nodes under writers, again and again; then every acknowledged transaction must be there, whole and once.

    crash_loop.py BINARY [--loops N] [--writers N] [--changes] [--replicas N] [--victims any|data|controller] [--engine TSDB]

By default one process in single mode (controller and data node), dataSync=1, and writers that append. With --changes they
update, upsert and delete their entries as well. With --replicas a controller and three data nodes hold so many replicas of
each chunk; one of the four processes dies in each loop, or one of those that --victims names. All of it is on a file system
in memory where there is one: a kill -9 leaves what was written to it, as it does on a disk. Prints `N passed, N failed` and
exits 1 on any loss, double or half transaction."""
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
from ledger import DROP, Ledger, create

FRESH_AFTER = 100  # loops, then the ledger begins anew: its check reads all of it
PROBLEMS = (OSError, ConnectionError, ScriptError, IndexError, ValueError)


class Loopback:
    address = "127.0.0.71"

    def network(self):
        return contextlib.nullcontext()


HOST = Loopback()


class Process:
    def __init__(self, alias, port, command):
        self.alias, self.port, self.command, self.process = alias, port, command, None

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def connect(self):
        return Client(HOST, self.port, 60)

    def answers(self):
        with contextlib.suppress(*PROBLEMS):
            with Client(HOST, self.port, 5):
                return True
        return False


def wait_for(what, condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"no {what} within {seconds} s")
        time.sleep(0.05)


class Single:
    """One process that is everything."""

    def __init__(self, binary, home, port):
        site = f"{HOST.address}:{port}:ledger"
        self.processes = [Process("ledger", port, [
            binary, "-mode", "single", "-localSite", site, "-home", home, "-dataSync", "1", "-newValuePartitionPolicy", "add",
            "-logFile", f"{home}/node.log"])]
        self.nodes = self.victims = self.processes

    def settle(self):
        wait_for("answer of the node", self.nodes[0].answers, 30)


class Replicated:
    """A controller and three data nodes."""

    def __init__(self, binary, home, port, replicas, victims):
        controller = f"{HOST.address}:{port}:C"
        sites = [f"{HOST.address}:{port + i}:N{i}" for i in (1, 2, 3)]
        with open(f"{home}/cluster.nodes", "w", encoding="utf8") as file:
            file.write("localSite,mode\n" + "".join(f"{site},datanode\n" for site in sites))
        with open(f"{home}/controller.cfg", "w", encoding="utf8") as file:
            file.write(f"mode=controller\nlocalSite={controller}\ndfsReplicationFactor={replicas}\ndfsReplicaReliabilityLevel=0\n"
                       "dataSync=1\n")
        with open(f"{home}/cluster.cfg", "w", encoding="utf8") as file:
            file.write("newValuePartitionPolicy=add\n")
        common = ["-home", home, "-dataSync", "1"]
        self.processes = [Process("C", port, [
            binary, "-mode", "controller", "-localSite", controller, *common, "-config", f"{home}/controller.cfg",
            "-nodesFile", f"{home}/cluster.nodes", "-clusterConfig", f"{home}/cluster.cfg", "-logFile", f"{home}/C.log"])]
        for i, site in enumerate(sites, 1):
            self.processes.append(Process(f"N{i}", port + i, [
                binary, "-mode", "datanode", "-localSite", site, "-controllerSite", controller, *common,
                "-newValuePartitionPolicy", "add", "-logFile", f"{home}/N{i}.log"]))
        self.nodes = self.processes[1:]
        self.victims = {"any": self.processes, "data": self.nodes, "controller": self.processes[:1]}[victims]

    def _all_current(self):
        with contextlib.suppress(*PROBLEMS):
            with self.processes[0].connect() as client:
                if client.run("exec count(*) from getClusterPerf(true) where state = 1 and mode = 0") < 3:
                    return False
                texts = client.run("exec replicas from getClusterChunksStatus()")
                return all(len({r.split(":")[1] for r in text.split(",")}) == 1 for text in texts)
        return False

    def settle(self):
        """Every node answers and every replica has caught up."""
        for process in self.processes:
            wait_for(f"answer of {process.alias}", process.answers, 40)
        wait_for("chunks whose replicas agree", self._all_current, 90)


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
    home = tempfile.mkdtemp(prefix="pelorus-ledger-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    binary = os.path.abspath(options.binary)
    if options.replicas:
        cluster = Replicated(binary, home, options.port, options.replicas, options.victims)
    else:
        cluster = Single(binary, home, options.port)
    ledger, failed, passed, began = Ledger(options.changes), 0, 0, time.monotonic()
    try:
        for process in cluster.processes:
            process.start()
        cluster.settle()
        for loop in range(options.loops):
            if loop % FRESH_AFTER == 0:
                begin_anew(cluster, ledger, options.engine)
            all_read = loop % 10 == 0 or loop + 1 == options.loops
            victim, wrong = run_loop(cluster, ledger, options.writers, cluster.nodes if all_read else [random.choice(cluster.nodes)])
            failed += bool(wrong)
            passed += not wrong
            for sentence in wrong[:5]:
                print(f"loop {loop} ({victim} killed): {sentence}", flush=True)
        if options.replicas > 1:
            for sentence in compare_replicas(cluster, ledger)[:5]:
                print(sentence)
                failed += 1
    finally:
        for process in cluster.processes:
            process.kill()
        seconds = time.monotonic() - began
        print(f"{options.engine}, replicas {options.replicas}, victims {options.victims}: {passed + failed} loops in {seconds:.0f} s; "
              + ledger.summary())
        if failed or passed < options.loops:
            print(f"the files are kept in {home}")
        else:
            shutil.rmtree(home, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
