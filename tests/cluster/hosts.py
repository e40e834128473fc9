"""Three hosts on one machine: network namespaces with 10.0.0.80-.82, or 127.0.0.80-.82 where those are not permitted.

The bridge between the hosts lives in a namespace of its own, so nothing of the machine's own network changes.
"""
import contextlib
import ctypes
import os
import re
import subprocess

PREFIX = "pelorus-test-"
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def _ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def _delete_namespace(name):
    subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)


class Host:
    """One server: its name, its address and, perhaps, its network namespace."""

    def __init__(self, name, address, namespace):
        self.name = name
        self.address = address
        self.namespace = namespace

    def command(self, words):
        """The words that run `words` on this host."""
        return ["ip", "netns", "exec", self.namespace, *words] if self.namespace else list(words)

    @contextlib.contextmanager
    def network(self):
        """Sockets made in this context are sockets of this host."""
        if not self.namespace:
            yield
            return
        with open("/proc/self/ns/net", encoding="ascii") as own, \
                open(f"/run/netns/{self.namespace}", encoding="ascii") as other:
            self._enter(other)
            try:
                yield
            finally:
                self._enter(own)

    @staticmethod
    def _enter(file):
        if _libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")


class Hosts:
    """P1, P2 and P3. `close` removes what was made."""

    def __init__(self):
        self.namespaces = []
        self.reason = ""
        self._remove_leftovers()
        try:
            self._make_namespaces()
        except (subprocess.CalledProcessError, OSError) as problem:
            self.close()
            self.reason = (getattr(problem, "stderr", "") or str(problem)).strip()
        real = bool(self.namespaces)
        network = "10.0.0." if real else "127.0.0."
        self.all = [Host(f"P{i}", f"{network}{79 + i}", self._name(f"P{i}") if real else None) for i in (1, 2, 3)]

    def close(self):
        for name in self.namespaces:
            _delete_namespace(name)
        self.namespaces = []

    @staticmethod
    def _name(what):
        return f"{PREFIX}{os.getpid()}-{what}"

    def _make_namespaces(self):
        switch = self._name("switch")
        self._make_namespace(switch)
        _ip("-n", switch, "link", "add", "lan", "type", "bridge")
        _ip("-n", switch, "link", "set", "lan", "up")
        for i in (1, 2, 3):
            self._add_host(switch, i)

    def _make_namespace(self, name):
        _ip("netns", "add", name)
        self.namespaces.append(name)
        _ip("-n", name, "link", "set", "lo", "up")

    def _add_host(self, switch, i):
        host, port = self._name(f"P{i}"), f"port{i}"
        self._make_namespace(host)
        _ip("-n", switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", host)
        _ip("-n", switch, "link", "set", port, "master", "lan", "up")
        _ip("-n", host, "address", "add", f"10.0.0.{79 + i}/24", "dev", "eth0")
        _ip("-n", host, "link", "set", "eth0", "up")

    @staticmethod
    def _remove_leftovers():
        """Namespaces of runs whose process is gone."""
        names = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
        for name in names:
            owner = re.fullmatch(re.escape(PREFIX) + r"(\d+)-\w+", name)
            if owner and not os.path.exists(f"/proc/{owner[1]}"):
                _delete_namespace(name)
