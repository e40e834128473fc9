"""One cluster in the tutorial's layout: a tree `server/` per host, its scripts, its processes."""
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from api import Client, ScriptError
from patience import PATIENCE, deadline

ROOT = Path(__file__).resolve().parents[2]
CONTROLLER_PORT, AGENT_PORT, NODE_PORT = 8900, 8901, 8902


def read_file(path):
    """The file's bytes; none when it is gone (a process that ends takes its files along)."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def processes_under(directory):
    """{pid: words of the command line} of the living processes whose program lies under the directory."""
    found = {}
    prefix = str(directory) + "/"
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            program = os.readlink(f"/proc/{entry}/exe")
        except OSError:
            continue
        words = read_file(f"/proc/{entry}/cmdline").decode(errors="replace").split("\0")
        if program.startswith(prefix) and words[0]:
            found[int(entry)] = words
    return found


def kill_under(directory):
    """Ends every process whose program lies under the directory, at once."""
    for _ in range(100):
        found = processes_under(directory)
        if not found:
            return
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)


class Cluster:
    """`folders` names the directory of each host below `directory`; {"P2": "a b"} puts P2's tree into `a b`."""

    def __init__(self, program_directory, hosts, directory, folders=None):
        self.program_directory = program_directory
        self.hosts = {host.name: host for host in hosts}
        self.directory = directory
        self.nodes = []
        self.places = {name: directory / (folders or {}).get(name, name) for name in self.hosts}
        for host in hosts:
            subprocess.run([ROOT / "deploy/install_tree.sh", program_directory, self.places[host.name]], check=True)
            self._configure(host)

    def demo(self, name):
        """The folder clusterDemo of a host."""
        return self.places[name] / "server/clusterDemo"

    def _configure(self, host):
        """The files as the tutorial prints them; P1's agent.cfg becomes the host's own as its steps 2 and 3 say."""
        for file in (self.demo(host.name) / "config").iterdir():
            text = file.read_text()
            if file.name == "agent.cfg":
                text = text.replace("10.0.0.80:8901:P1-agent", f"{host.address}:8901:{host.name}-agent")
            file.write_text(self._at_home(text))

    def _at_home(self, text):
        return text if self.hosts["P1"].namespace else text.replace("10.0.0.", "127.0.0.")

    def edit(self, file, old, new):
        """Changes one of P1's configuration files."""
        path = self.demo("P1") / "config" / file
        text = path.read_text()
        if self._at_home(old) not in text:
            raise AssertionError(f"{file} has no {old!r}")
        path.write_text(text.replace(self._at_home(old), self._at_home(new)))

    # --- Scripts and processes ---
    def script(self, name, words):
        """Runs one of the tutorial's commands, e.g. ["sh", "startagent.sh"], in clusterDemo of the host."""
        subprocess.run(self.hosts[name].command(words), cwd=self.demo(name), check=True, timeout=90 * PATIENCE)

    def start(self, nodes):
        """The tutorial's step 4: controller, agents, then the nodes through the controller."""
        self.nodes = nodes
        self.script("P1", ["sh", "startController.sh"])
        for name in self.hosts:
            self.script(name, ["sh", "startagent.sh"])
        self.wait_for_state({f"{name}-agent": 1 for name in self.hosts}, 20)
        self.start_nodes(nodes)

    def start_nodes(self, nodes):
        quoted = ",".join(f'"{node}"' for node in nodes)

        def accepted():
            try:
                self.shell("P1", CONTROLLER_PORT, f"startDataNode([{quoted}])")
            except ScriptError as problem:
                if "is being stopped" in str(problem):  # its agent has yet to report the end
                    return False
                raise
            return True
        self.wait_for("an accepted start order", accepted, 5)
        self.wait_for_state({node: 1 for node in nodes}, 20)

    def stop(self):
        """stopAllNode.sh on every host; all processes of the trees are gone after it."""
        for name in reversed(list(self.hosts)):
            self.script(name, ["sh", "stopAllNode.sh"])
        left = processes_under(self.directory)
        if left:
            raise AssertionError(f"stopAllNode.sh left {left}")

    def repair(self):
        """After a case that failed: everything runs again, so that the next one tells only of itself."""
        if self.nodes:
            kill_under(self.directory)
            self.start(self.nodes)

    def pid(self, alias):
        """The process of controller8900, P1-agent or P1-datanode; None when there is none."""
        place, role = ("P1", "controller") if alias == "controller8900" else alias.split("-")
        for pid, words in processes_under(self.places[place]).items():
            mode = words[words.index("-mode") + 1] if "-mode" in words else ""
            site = words[words.index("-localSite") + 1] if "-localSite" in words else ""
            if (mode == role and not site) or site.endswith(":" + alias):
                return pid
        return None

    def kill(self, alias):
        """kill -9; the moment of it."""
        pid = self.pid(alias)
        if pid is None:
            raise AssertionError(f"{alias} does not run")
        os.kill(pid, signal.SIGKILL)
        return time.monotonic()

    # --- Questions ---
    def site(self, name, port):
        return f"{self.hosts[name].address}:{port}"

    def shell(self, name, port, script, timeout=60):
        """What `pelorus shell` on that host prints for the script; an error of the script raises ScriptError."""
        words = [str(self.places[name] / "server/pelorus"), "shell", self.site(name, port), "-u", "admin", "-p", "123456"]
        run = subprocess.run(self.hosts[name].command(words), input=script, capture_output=True, text=True,
                             timeout=timeout * PATIENCE, check=False)
        if run.returncode != 0:
            raise ScriptError(run.stderr.strip())
        return run.stdout

    def connect(self, name, port):
        return Client(self.hosts[name], port)

    def run(self, name, port, script):
        """The value of the script, through the TCP API."""
        with self.connect(name, port) as client:
            return client.run(script)

    def http(self, name, port, path):
        """(status, text) of a GET."""
        host = self.hosts[name]
        with host.network(), urllib.request.urlopen(f"http://{host.address}:{port}{path}", timeout=10 * PATIENCE) as answer:
            return answer.status, answer.read().decode()

    def states(self):
        """{alias: 1 when alive} as the controller sees it; empty while it does not answer."""
        try:
            nodes = self.run("P1", CONTROLLER_PORT, "select name, state from getClusterPerf(true)")
        except (OSError, ScriptError, IndexError):
            return {}
        return dict(zip(nodes["name"], nodes["state"]))

    def wait_for_state(self, wanted, seconds):
        """Waits until the controller sees these states; the moment it did."""
        self.wait_for(f"states {wanted}", lambda: wanted.items() <= self.states().items(), seconds)
        return time.monotonic()

    def wait_for(self, what, condition, seconds):
        end = deadline(seconds)
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds} s: {what}; states now: {self.states()}")
            time.sleep(0.1)

    def log(self, alias):
        place = "P1" if alias == "controller8900" else alias.split("-")[0]
        role = "controller" if alias == "controller8900" else "agent" if alias.endswith("-agent") else alias
        return read_file(self.demo(place) / f"log/{role}.log").decode(errors="replace")

    def log_tails(self, lines=12):
        """The ends of all logs, for a failure's report."""
        out = []
        for name in self.hosts:
            for path in sorted((self.demo(name) / "log").glob("*.log")) + sorted(self.demo(name).glob("*.nohup")):
                text = [line for line in read_file(path).decode(errors="replace").splitlines()
                        if "accepted, has no effect yet" not in line]
                out += [f"--- {path.relative_to(self.directory)}", *text[-lines:]] if text else []
        return "\n".join(out)

    def close(self):
        kill_under(self.directory)
        shutil.rmtree(self.directory, ignore_errors=True)
