"""The deployment tutorial on three hosts, word for word, and again after each way of losing a process.

usage: test_tutorial.py BUILD_DIR [CASE ..]      BUILD_DIR holds the program `pelorus`
"""
import atexit
import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import cases_configuration
import cases_failures
import cases_moves
import cases_replicas
import cases_transactions
import cases_tutorial
from cluster import Cluster
from hosts import Hosts
from janitor import clean, start_janitor


def say(text):
    print(text, flush=True)


class Runner:
    """Runs the cases in order; a case that fails does not keep the next one from running."""

    def __init__(self, wanted):
        self.wanted = wanted
        self.passed = self.failed = 0

    def run(self, name, case, cluster, state):
        if self.wanted and name not in self.wanted:
            return
        start = time.monotonic()
        try:
            note = case(cluster, state)
        except Exception:
            self.failed += 1
            say(f"FAILED  {name}\n{traceback.format_exc()}{cluster.log_tails()}\n")
            self.repair(cluster)
            return
        self.passed += 1
        say(f"passed  {name} ({time.monotonic() - start:.1f} s){': ' + note if note else ''}")

    @staticmethod
    def repair(cluster):
        try:
            cluster.repair()
        except Exception as problem:
            say(f"the cluster does not start again: {problem}")

    def run_group(self, cases, cluster):
        state = {}
        try:
            for name, case in cases:
                self.run(name, case, cluster, state)
        finally:
            cluster.close()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    programs = Path(sys.argv[1]).resolve()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    hosts = Hosts()
    directory = Path(os.path.realpath(tempfile.mkdtemp(prefix="pelorus-cluster-")))
    atexit.register(clean, directory, hosts)
    janitor = start_janitor(directory, hosts)
    if hosts.namespaces:
        say("hosts: P1, P2, P3 are network namespaces with 10.0.0.80, .81 and .82")
    else:
        say(f"hosts: network namespaces are not permitted ({hosts.reason}); 127.0.0.80, .81 and .82 stand for them")
    runner = Runner(set(sys.argv[2:]))
    runner.run_group(cases_tutorial.CASES + cases_configuration.CASES + cases_failures.CASES + cases_transactions.SINGLE,
                     Cluster(programs, hosts.all, directory / "tutorial", {"P2": "P2 的 服务器"}))
    runner.run_group(cases_replicas.CASES + cases_moves.CASES + cases_transactions.REPLICATED,
                     Cluster(programs, hosts.all, directory / "replicas"))
    say(f"{runner.passed} passed, {runner.failed} failed")
    del janitor
    return 1 if runner.failed or not runner.passed else 0


if __name__ == "__main__":
    sys.exit(main())
