"""A network whose packets all pass through this process, which may delay, lose or cut them: the kernel has no netem here.

Each host is a network namespace with one tun device. Between them there is nothing but the thread of `Wire`; a link that it
cuts one way swallows the packets of that direction only, acknowledgements of the other one among them, as a broken route
does. Needs root."""
import fcntl
import heapq
import itertools
import os
import random
import selectors
import struct
import subprocess
import threading
import time

from hosts import Host, Hosts, _delete_namespace, _ip

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
MTU = 16000  # few packets: this is Python
BACKLOG = 1000  # packets of a link that wait for their time; more are lost, as in a full buffer


class Link:
    """One direction between two hosts."""

    def __init__(self):
        self.cut, self.delay, self.jitter, self.loss = False, 0.0, 0.0, 0.0
        self.last_due, self.waiting, self.passed, self.swallowed = 0.0, 0, 0, 0


class Wire:
    """`hosts[i]` has the address 10.27.0.(i + 1)."""

    def __init__(self, count):
        Hosts._remove_leftovers()
        self.hosts, self._fds, self._namespaces = [], [], []
        self._late, self._order = [], itertools.count()
        self._wake_read, self._wake_write = os.pipe()
        try:
            for i in range(count):
                self._add_host(i)
        except Exception:
            self._remove()
            raise
        self.links = {(a, b): Link() for a in range(count) for b in range(count) if a != b}
        self._stopping = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _add_host(self, i):
        name = Hosts._name(f"W{i}")
        _ip("netns", "add", name)
        self._namespaces.append(name)
        host = Host(f"W{i}", f"10.27.0.{i + 1}", name)
        with host.network():
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", b"wire0", IFF_TUN | IFF_NO_PI))
        self._fds.append(fd)
        _ip("-n", name, "link", "set", "lo", "up")
        _ip("-n", name, "address", "add", f"{host.address}/24", "dev", "wire0")
        _ip("-n", name, "link", "set", "wire0", "mtu", str(MTU), "up")
        self.hosts.append(host)

    # -- faults -----------------------------------------------------------------------------------------------------
    def cut(self, a, b, one_way=False):
        """Nothing from host number a reaches b any more, nor the other way round."""
        self.links[a, b].cut = True
        self.links[b, a].cut = not one_way

    def cut_off(self, a):
        """Host a is alone."""
        for (x, y), link in self.links.items():
            link.cut = link.cut or a in (x, y)

    def slow_down(self, delay, jitter=0.0, loss=0.0):
        """All links: seconds, and the share of packets lost."""
        for link in self.links.values():
            link.delay, link.jitter, link.loss = delay, jitter, loss

    def heal(self):
        for link in self.links.values():
            link.cut, link.delay, link.jitter, link.loss = False, 0.0, 0.0, 0.0

    def swallowed(self):
        return sum(link.swallowed for link in self.links.values())

    # -- the thread -------------------------------------------------------------------------------------------------
    def _run(self):
        selector = selectors.DefaultSelector()
        for i, fd in enumerate(self._fds):
            selector.register(fd, selectors.EVENT_READ, i)
        selector.register(self._wake_read, selectors.EVENT_READ, None)
        while not self._stopping:
            pause = max(0.0, self._late[0][0] - time.monotonic()) if self._late else None
            for key, _ in selector.select(pause):
                if key.data is not None:
                    self._take_from(key.data)
            self._deliver_late()
        selector.close()

    def _take_from(self, i):
        for _ in range(64):
            try:
                packet = os.read(self._fds[i], 65536)
            except (BlockingIOError, OSError):
                return
            if packet[0] >> 4 == 4:
                self._pass_on(i, packet)

    def _pass_on(self, i, packet):
        target = packet[19] - 1
        link = self.links.get((i, target))
        if packet[16:19] != b"\x0a\x1b\x00" or link is None:
            return
        if link.cut or (link.loss and random.random() < link.loss) or link.waiting >= BACKLOG:
            link.swallowed += 1
            return
        link.passed += 1
        if not link.delay and not link.waiting:
            self._write(target, packet)
            return
        # Packets of one link stay in their order.
        link.last_due = max(link.last_due, time.monotonic() + link.delay + random.uniform(0, link.jitter))
        link.waiting += 1
        heapq.heappush(self._late, (link.last_due, next(self._order), target, packet, link))

    def _deliver_late(self):
        now = time.monotonic()
        while self._late and self._late[0][0] <= now:
            _, _, target, packet, link = heapq.heappop(self._late)
            link.waiting -= 1
            self._write(target, packet)

    def _write(self, target, packet):
        try:
            os.write(self._fds[target], packet)
        except OSError:
            pass  # as lost as on a real wire

    # -- the end ----------------------------------------------------------------------------------------------------
    def close(self):
        self._stopping = True
        os.write(self._wake_write, b"x")
        self._thread.join()
        self._remove()

    def _remove(self):
        for fd in (*self._fds, self._wake_read, self._wake_write):
            os.close(fd)
        for name in self._namespaces:
            _delete_namespace(name)
        self._fds, self._namespaces = [], []


def is_possible():
    """Why there can be no wire here; "" when there can."""
    try:
        Wire(2).close()
    except (OSError, subprocess.CalledProcessError) as problem:
        return getattr(problem, "stderr", "") or str(problem)
    return ""



