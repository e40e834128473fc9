"""The clients of tests/clients against a data node and a compute node of a cluster that the tutorial's scripts start.

usage: test_clients.py BUILD_DIR      BUILD_DIR holds the program `pelorus`; ROWS and CONNECTIONS set the big checks' sizes
"""
import atexit
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from cluster import AGENT_PORT, CONTROLLER_PORT, NODE_PORT, ROOT, Cluster
from hosts import Hosts
from janitor import clean, start_janitor
from patience import PATIENCE

CLIENTS = ROOT / "tests/clients"
ROWS = os.environ.get("ROWS", "200000")
CONNECTIONS = os.environ.get("CONNECTIONS", "400")  # cluster.cfg admits 512, those between nodes among them
PROGRAMS = [["raw_tcp.mjs"], ["sdk_replays.mjs"], ["console_calls.mjs"],
            ["npm_client.mjs", f"--rows={ROWS}", f"--connections={CONNECTIONS}"], ["cluster_client.mjs"]]
NODES = {"P1-datanode": 0, "P3-computenode": 4}  # alias -> getNodeType()
OTHERS = {"controller": (CONTROLLER_PORT, 2), "agent": (AGENT_PORT, 1)}  # on P1: site port, getNodeType()


def say(text):
    print(text, flush=True)


def drive(host, program, port=NODE_PORT):
    """Runs one client program against a site port of the host: (checks passed, failed). One that dies half-way has failed."""
    name, *options = program
    words = host.command(["node", name, f"{host.address}:{port}", *options])
    start = time.monotonic()
    try:
        run = subprocess.run(words, cwd=CLIENTS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             timeout=120 * PATIENCE, check=False)
    except subprocess.TimeoutExpired as late:
        say(f"{name} does not end:\n{(late.stdout or b'').decode(errors='replace')}")
        return 0, 1
    counts = re.search(r"^(\d+) passed, (\d+) failed$", run.stdout, re.MULTILINE)
    passed, failed = (int(counts[1]), int(counts[2])) if counts else (0, 1)
    if failed == 0 and (run.returncode != 0 or passed == 0):
        failed = 1
    if failed:
        say(run.stdout)
    say(f"  {name}: {passed} passed, {failed} failed ({time.monotonic() - start:.1f} s)")
    return passed, failed


def drive_node(cluster, alias, mode):
    """All client programs against one node, which must be of that mode and outlive them."""
    name = alias.split("-")[0]
    say(alias)
    assert cluster.run(name, NODE_PORT, "getNodeType()") == mode, f"{alias} is of another mode"
    before = cluster.pid(alias)
    results = [drive(cluster.hosts[name], program) for program in PROGRAMS]
    assert before and cluster.pid(alias) == before, f"{alias} has not outlived its clients"
    return [sum(counts) for counts in zip(*results)]


def run(cluster):
    """(checks passed, failed) over both nodes."""
    passed = failed = 0
    try:
        cluster.start(list(NODES))
        for alias, mode in NODES.items():
            fine, wrong = drive_node(cluster, alias, mode)
            passed, failed = passed + fine, failed + wrong
        for role, (port, mode) in OTHERS.items():
            say(role)
            fine, wrong = drive(cluster.hosts["P1"], ["site_port.mjs", f"--mode={mode}"], port)
            passed, failed = passed + fine, failed + wrong
        cluster.stop()
    except Exception:
        failed += 1
        say(traceback.format_exc())
    if failed:
        say(cluster.log_tails())
    return passed, failed


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    if not (CLIENTS / "node_modules/dolphindb").is_dir():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=CLIENTS, check=True)
    hosts = Hosts()
    directory = Path(os.path.realpath(tempfile.mkdtemp(prefix="pelorus-clients-")))
    atexit.register(clean, directory, hosts)
    janitor = start_janitor(directory, hosts)
    used = [host for host in hosts.all if host.name in {alias.split("-")[0] for alias in NODES}]
    passed, failed = run(Cluster(Path(sys.argv[1]).resolve(), used, directory))
    say(f"{passed} passed, {failed} failed")
    del janitor
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
