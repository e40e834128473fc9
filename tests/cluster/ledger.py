"""A ledger that writers keep in a stored table, and what each entry may look like after nodes have died."""
import collections
import random
import threading

from api import Client, ScriptError

ROWS = 60
DATABASE, TABLE = "dfs://ledger", "entries"
HERE = f"loadTable('{DATABASE}', '{TABLE}')"
DROP = f"if(existsDatabase('{DATABASE}')) dropDatabase('{DATABASE}'); 1"
# Nothing was written when the node says so; after any other failure both states are possible.
REFUSALS = ("ChunkInTransaction", "DataNodeNotAvail")


def create(engine="OLAP"):
    """The script that makes the table."""
    tail = ", sortColumns=`writer`day, keepDuplicates=ALL" if engine == "TSDB" else ""
    return (f"db = database('{DATABASE}', VALUE, [2020.01.01], engine='{engine}');"
            "schemaOf = table(1:0, `writer`sequence`item`day`v, [INT, LONG, INT, DATE, LONG]);"
            f"db.createPartitionedTable(schemaOf, '{TABLE}', 'day'{tail}); 1")


def rows(writer, sequence, v):
    """An entry is one transaction over three partitions; neighbouring writers share two of them."""
    return (f"t = table(take({writer}, {ROWS}) as writer, take({sequence}l, {ROWS}) as sequence, 0..{ROWS - 1} as item, "
            f"2026.01.01 + {writer} + (0..{ROWS - 1}) % 3 as day, take({v}l, {ROWS}) as v);")


class Ledger:
    """`possible[(writer, sequence)]`: the values its rows may have, None for no rows at all."""

    def __init__(self, changes):
        self.changes = changes  # whether entries are updated, upserted and deleted as well
        self.possible = {}
        self.next_sequence = {}
        self.done = {"append": 0, "update": 0, "upsert": 0, "delete": 0}
        self.refused = self.unknown = 0
        self.failures = collections.Counter()
        self.lock = threading.Lock()

    def pick(self, writer):
        """(operation, script, key, state after it)"""
        with self.lock:
            mine = [(key, next(iter(states))) for key, states in self.possible.items()
                    if key[0] == writer and len(states) == 1 and None not in states]
            kind = random.choice(["append", "update", "upsert", "delete"]) if self.changes and len(mine) > 3 else "append"
            if kind == "append":
                sequence = self.next_sequence.get(writer, 0)
                self.next_sequence[writer] = sequence + 1
                self.possible[(writer, sequence)] = {None}
                return kind, rows(writer, sequence, 0) + f"{HERE}.append!(t); 1", (writer, sequence), 0
            key, v = random.choice(mine)
        where = f" where writer = {key[0]}, sequence = {key[1]}"
        if kind == "update":
            return kind, f"update {HERE} set v = v + 1{where}", key, v + 1
        if kind == "delete":
            return kind, f"delete from {HERE}{where}", key, None
        return kind, rows(*key, v + 100) + f"upsert!({HERE}, t, false, `writer`sequence`item); 1", key, v + 100

    def write(self, client, writer):
        """One transaction; ConnectionError and OSError go on to the caller."""
        kind, script, key, after = self.pick(writer)
        before = set(self.possible[key])
        self.possible[key] = before | {after}
        try:
            client.run(script)
        except ScriptError as problem:
            if any(word in str(problem) for word in REFUSALS):
                self.possible[key] = before
                self.refused += 1
            else:
                self.unknown += 1
                self.failures[f"{kind}: {str(problem)[:110]}"] += 1
            return
        self.possible[key] = {after}
        self.done[kind] += 1

    def write_until(self, stop, connect, writer):
        """Connects again after each loss until told to stop."""
        while not stop.is_set():
            try:
                with connect() as client:
                    while not stop.is_set():
                        self.write(client, writer)
            except (OSError, ConnectionError, ScriptError, IndexError, ValueError):
                self.unknown += 1
                stop.wait(0.1)

    def forget(self):
        """The table is empty again."""
        self.possible = {}

    def check(self, client):
        """What is wrong, as sentences. What was in doubt is known after it."""
        found = {}
        got = client.run(f"select count(*) as n, sum(item) as items from {HERE} group by writer, sequence, v")
        wrong = []
        for w, s, v, n, items in zip(got["writer"], got["sequence"], got["v"], got["n"], got["items"]):
            if (w, s) in found:
                wrong.append(f"entry {(w, s)} has rows of v={found[(w, s)]} and of v={v}")
            if n != ROWS or items != sum(range(ROWS)):
                wrong.append(f"entry {(w, s)} has {n} of {ROWS} rows with v={v}")
            found[(w, s)] = v
        for key, states in self.possible.items():
            if found.get(key) not in states:
                wrong.append(f"entry {key} is {found.get(key)}, possible: {sorted(map(str, states))}")
            self.possible[key] = {found.get(key)}
        wrong += [f"entry {key} was never written" for key in found if key not in self.possible]
        return wrong

    def acknowledged(self):
        return sum(self.done.values())

    def summary(self):
        done = ", ".join(f"{n} {kind}" for kind, n in self.done.items())
        common = "".join(f"\n  {n} x {what}" for what, n in self.failures.most_common(4))
        return f"acknowledged: {done}; refused {self.refused}, in doubt {self.unknown}{common}"


__all__ = ["Client", "Ledger", "create", "DATABASE", "DROP", "TABLE", "HERE"]
