#!/usr/bin/env python3
"""A controller that owns a million chunks is killed while it loads and while it writes, and must be back in time with all of them.

    million.py BINARY_DIR [--chunks 1000000] [--kills 12] [--seconds 30] [--port 26400]

BINARY_DIR holds pelorus, metadata_fill and controller_bench. Each start is killed with signal 9 after another part of the time
that a whole start takes; then again while 64 clients write metadata. After each kill the next whole start is timed."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "cluster"))
from api import Client  # noqa: E402
from processes import Loopback  # noqa: E402


HERE = Loopback("127.0.0.1")


class Controller:
    def __init__(self, binaries, home, port):
        self.binaries, self.home, self.port, self.process = binaries, home, port, None
        (home / "cluster.nodes").write_text(f"localSite,mode\n127.0.0.1:{port + 1}:agent,agent\n" +
                                            "".join(f"127.0.0.1:{20000 + i}:n{i},datanode\n" for i in range(1000)))
        (home / "controller.cfg").write_text(f"mode=controller\nlocalSite=127.0.0.1:{port}:head\ndataSync=1\n")
        (home / "cluster.cfg").write_text("")

    def start(self):
        with open(self.home / "log", "a") as log:
            self.process = subprocess.Popen(
                [self.binaries / "pelorus", "-mode", "controller", "-home", self.home / "data", "-config", self.home / "controller.cfg",
                 "-nodesFile", self.home / "cluster.nodes", "-clusterConfig", self.home / "cluster.cfg"], stdout=log, stderr=log)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ready(self):
        """Seconds until it serves."""
        begin = time.monotonic()
        while time.monotonic() < begin + 300:
            if self.process.poll() is not None:
                raise SystemExit(f"the controller ended with {self.process.returncode}: " + (self.home / "log").read_text()[-2000:])
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5)
                return time.monotonic() - begin
            except OSError:
                time.sleep(0.02)
        raise SystemExit("the controller does not serve after 300 s")

    def chunks(self):
        with Client(HERE, self.port, 120) as client:
            return client.run("exec count(*) from getClusterChunksStatus()")


def main():
    args = argparse.ArgumentParser()
    args.add_argument("binaries", type=pathlib.Path)
    args.add_argument("--chunks", type=int, default=1_000_000)
    args.add_argument("--kills", type=int, default=12)
    args.add_argument("--seconds", type=float, default=30)
    args.add_argument("--port", type=int, default=26400)
    args = args.parse_args()
    home = pathlib.Path(tempfile.mkdtemp(prefix="pelorus_million_"))
    head = Controller(args.binaries, home, args.port)
    times, wrong = [], []

    def whole_start(what):
        head.start()
        times.append(head.ready())
        found = head.chunks()
        print(f"{what}: serves after {times[-1]:.1f} s, {found} chunks", flush=True)
        if found != args.chunks:
            wrong.append(f"{what}: {found} chunks")
        if times[-1] > args.seconds:
            wrong.append(f"{what}: {times[-1]:.1f} s")

    try:
        (home / "data").mkdir()
        subprocess.run([args.binaries / "metadata_fill", home / "data" / "dfsMeta", "100", str(args.chunks // 100), "4"], check=True, stdout=subprocess.DEVNULL)
        whole_start("first start")
        for n in range(1, args.kills + 1):
            head.kill()
            head.start()
            after = times[0] * n / (args.kills + 1)
            time.sleep(after)
            head.kill()
            whole_start(f"killed {after:.2f} s into its start")
        for seconds in (0.5, 1, 2, 4):
            writers = subprocess.Popen([args.binaries / "controller_bench", "metadata", "127.0.0.1", str(args.port + 10000), "64", "60"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seconds)
            head.kill()
            writers.kill()
            writers.wait()
            whole_start(f"killed after {seconds} s of writing")
    finally:
        head.kill()
        shutil.rmtree(home, ignore_errors=True)
    print(f"{len(times)} starts, the longest {max(times):.1f} s, {len(wrong)} failed")
    for line in wrong:
        print("FAILED " + line)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
