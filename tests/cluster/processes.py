"""Nodes as processes of this machine, for tests that kill them, fill their disks and cut their wires."""
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from api import Client, ScriptError
from patience import PATIENCE, deadline

PROBLEMS = (OSError, ConnectionError, ScriptError, IndexError, ValueError)


class Loopback:
    """A host like those of hosts.py, on an address of its own."""

    def __init__(self, address="127.0.0.71"):
        self.address = address

    def command(self, words):
        return list(words)

    def network(self):
        return contextlib.nullcontext()


class Process:
    def __init__(self, alias, host, port, words):
        self.alias, self.host, self.port, self.words, self.process = alias, host, port, words, None

    def start(self):
        self.process = subprocess.Popen(self.host.command(self.words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def stop(self):
        """It ends by itself, as an operator ends it."""
        self.process.terminate()
        self.process.wait(60)
        self.process = None

    def connect(self, timeout=60):
        return Client(self.host, self.port, timeout * PATIENCE)

    def answers(self):
        """It has opened what it has, is registered, and takes logins."""
        with contextlib.suppress(*PROBLEMS):
            with self.host.network():
                asked = socket.create_connection((self.host.address, self.port), 5)
            with asked:
                asked.sendall(b"GET /health HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n")
                if not asked.recv(64).startswith(b"HTTP/1.1 200"):
                    return False
            with self.connect(5):
                return True
        return False


def wait_for(what, condition, seconds):
    end = deadline(seconds)
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"no {what} within {seconds} s")
        time.sleep(0.05)


class Nodes:
    """What the clusters below share: `processes`, and `nodes` among them."""

    def close(self):
        """After the end of all processes."""


class Single(Nodes):
    """One process that is everything."""

    def __init__(self, binary, home, port):
        host = Loopback()
        site = f"{host.address}:{port}:ledger"
        self.processes = [Process("ledger", host, port, [
            binary, "-mode", "single", "-localSite", site, "-home", home, "-dataSync", "1", "-newValuePartitionPolicy", "add",
            "-logFile", f"{home}/node.log"])]
        self.nodes = self.victims = self.processes

    def settle(self):
        wait_for("answer of the node", self.nodes[0].answers, 30)


class Replicated(Nodes):
    """A controller and data nodes, three unless told otherwise; `hosts` has one for each, the controller's first."""

    def __init__(self, binary, home, port, replicas, victims="any", hosts=None):
        hosts = hosts or [Loopback()] * 4
        sites = [f"{host.address}:{port + i}:{'N' + str(i) if i else 'C'}" for i, host in enumerate(hosts)]
        with open(f"{home}/cluster.nodes", "w", encoding="utf8") as file:
            file.write("localSite,mode\n" + "".join(f"{site},datanode\n" for site in sites[1:]))
        with open(f"{home}/controller.cfg", "w", encoding="utf8") as file:
            file.write(f"mode=controller\nlocalSite={sites[0]}\ndfsReplicationFactor={replicas}\ndfsReplicaReliabilityLevel=0\n"
                       "dataSync=1\n")
        with open(f"{home}/cluster.cfg", "w", encoding="utf8") as file:
            file.write("newValuePartitionPolicy=add\n")
        common = ["-home", home, "-dataSync", "1"]
        self.processes = [Process("C", hosts[0], port, [
            binary, "-mode", "controller", "-localSite", sites[0], *common, "-config", f"{home}/controller.cfg",
            "-nodesFile", f"{home}/cluster.nodes", "-clusterConfig", f"{home}/cluster.cfg", "-logFile", f"{home}/C.log"])]
        for i, site in enumerate(sites[1:], 1):
            self.processes.append(Process(f"N{i}", hosts[i], port + i, [
                binary, "-mode", "datanode", "-localSite", site, "-controllerSite", sites[0], *common,
                "-newValuePartitionPolicy", "add", "-logFile", f"{home}/N{i}.log"]))
        self.nodes = self.processes[1:]
        self.victims = {"any": self.processes, "data": self.nodes, "controller": self.processes[:1]}[victims]

    def _all_registered(self):
        with contextlib.suppress(*PROBLEMS), self.processes[0].connect() as client:
            return client.run("exec count(*) from getClusterPerf(true) where state = 1 and mode = 0") == len(self.nodes)
        return False

    def _all_current(self):
        with contextlib.suppress(*PROBLEMS), self.processes[0].connect() as client:
            texts = client.run("exec replicas from getClusterChunksStatus()")
            return all(len({r.split(":")[1] for r in text.split(",")}) == 1 for text in texts)
        return False

    def settle(self):
        """Every node answers and every replica has caught up."""
        for process in self.processes:
            wait_for(f"answer of {process.alias}", process.answers, 40)
        wait_for("data nodes that have registered", self._all_registered, 60)
        wait_for("chunks whose replicas agree", self._all_current, 90)


@contextlib.contextmanager
def running(make, kind, in_memory=False):
    """A cluster that `make(home)` made and started, in a directory of its own. Whoever sets its `keep_files` finds them
    afterwards; after an exception they are kept as well."""
    home = tempfile.mkdtemp(prefix=f"pelorus-{kind}-", dir="/dev/shm" if in_memory and os.path.isdir("/dev/shm") else None)
    cluster = make(home)
    cluster.home, cluster.keep_files = home, True
    try:
        for process in cluster.processes:
            process.start()
        cluster.settle()
        cluster.keep_files = False
        yield cluster
    except BaseException:
        cluster.keep_files = True
        raise
    finally:
        for process in cluster.processes:
            process.kill()
        cluster.close()
        if cluster.keep_files:
            print(f"the files are kept in {home}")
        else:
            shutil.rmtree(home, ignore_errors=True)


class Tally:
    """Rounds of a test that went well, and those that did not."""

    def __init__(self):
        self.passed = self.failed = 0

    def add(self, wrong, prefix):
        """Counts a round by what was wrong with it, and shows the first sentences of that."""
        self.failed += bool(wrong)
        self.passed += not wrong
        for sentence in wrong[:5]:
            print(f"{prefix}{sentence}", flush=True)


def outcome(passed, failed):
    """The last line of a test, and its exit status."""
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0
