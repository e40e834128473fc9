"""A client of the TCP API, for the types the tests read. Vectors of numbers come as array.array, of text as list."""
import array
import socket
import struct

# Type code -> (struct letter, size)
FIXED = {1: ("b", 1), 2: ("b", 1), 3: ("h", 2), 4: ("i", 4), 5: ("q", 8), 6: ("i", 4), 7: ("i", 4), 8: ("i", 4),
         9: ("i", 4), 10: ("i", 4), 11: ("i", 4), 12: ("q", 8), 13: ("q", 8), 14: ("q", 8), 15: ("f", 4), 16: ("d", 8)}
VOID, SYMBOL, STRING, ANY, SYMBOL_BASE = 0, 17, 18, 25, 145
SCALAR, VECTOR, TABLE = 0, 1, 6


class ScriptError(Exception):
    """The node's own error text."""


class Client:
    """One session, logged in as admin. A context manager."""

    def __init__(self, host, port, timeout=60):
        with host.network():
            self._socket = socket.create_connection((host.address, port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in = self._socket.makefile("rb", 1 << 20)
        self._session = 0
        self._ask(b"connect\nlogin\nadmin\n123456")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._in.close()
        self._socket.close()

    def run(self, script):
        """The script's value; a table is a dict of columns."""
        return self._ask(b"script\n" + script.encode())

    def _ask(self, command):
        self._socket.sendall(b"API %d %d / 0_1_4_64\n" % (self._session, len(command)) + command)
        head = self._line().split()
        self._session, objects = int(head[0]), int(head[1])
        status = self._line().decode()
        if status != "OK":
            raise ScriptError(status)
        return self._object() if objects else None

    def _line(self):
        line = self._in.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the node closed the connection")
        return line[:-1]

    def _bytes(self, size):
        data = self._in.read(size)
        if len(data) != size:
            raise ConnectionError("the node closed the connection")
        return data

    def _unpack(self, form):
        return struct.unpack("<" + form, self._bytes(struct.calcsize("<" + form)))

    def _text(self):
        out = bytearray()
        while (byte := self._bytes(1)) != b"\0":
            out += byte
        return out.decode()

    def _object(self):
        kind, form = self._unpack("BB")
        if form == TABLE:
            return self._table()
        if form == VECTOR:
            return self._vector(kind)
        if form == SCALAR:
            return self._scalar(kind)
        raise ScriptError(f"a value of form {form}")

    def _scalar(self, kind):
        if kind == VOID:
            self._bytes(1)
            return None
        if kind in FIXED:
            return self._unpack(FIXED[kind][0])[0]
        if kind in (SYMBOL, STRING):
            return self._text()
        raise ScriptError(f"a value of type {kind}")

    def _vector(self, kind):
        rows, _ = self._unpack("II")
        if kind in FIXED:
            letter, size = FIXED[kind]
            return array.array(letter, self._bytes(rows * size))
        if kind in (SYMBOL, STRING):
            return [self._text() for _ in range(rows)]
        if kind == SYMBOL_BASE:
            _, size = self._unpack("ii")
            base = [self._text() for _ in range(size)]
            return [base[i] for i in array.array("i", self._bytes(rows * 4))]
        if kind == ANY:
            return [self._object() for _ in range(rows)]
        raise ScriptError(f"a vector of type {kind}")

    def _table(self):
        _, columns = self._unpack("II")
        self._text()
        names = [self._text() for _ in range(columns)]
        return {name: self._object() for name in names}
