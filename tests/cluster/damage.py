#!/usr/bin/env python3
"""What happens to files of data nodes, on real processes: bits flip, files and volumes go, catalogs are damaged.

    damage.py BINARY [--rounds N] [--seed N] [--port N]

A controller and three data nodes with two replicas of each chunk: after every kind of damage all nodes must give the rows
as they were, and soon both replicas must be whole again; also when the newest rows were in a redo log that was damaged. Then
one process with one replica: the error must name the chunk, and other chunks must be read as before. Prints `N passed, N failed` and exits 1 when rows were wrong, lost or not mended."""
import argparse
import contextlib
import os
import pathlib
import random
import shutil
import time

from api import ScriptError
from processes import PROBLEMS, Replicated, Single, outcome, running, wait_for

CREATE = """
db = database('dfs://damage', VALUE, 2026.01.01..2026.01.03)
s = table(1:0, `day`sym`t`price`qty`note, [DATE, SYMBOL, TIMESTAMP, DOUBLE, LONG, STRING])
db.createPartitionedTable(s, 'olap', 'day')
tdb = database('dfs://damaged_tsdb', VALUE, 2026.01.01..2026.01.03,, 'TSDB')
tdb.createPartitionedTable(s, 'last', 'day',, `sym`t, LAST)
1"""
APPEND = """
n = 30000
for (i in 0..2) {
  x = table(2026.01.01 + (0..(n - 1)) % 3 as day, symbol('S' + string((0..(n - 1)) % 50)) as sym,
            2026.01.01T00:00:00.000 + (i * 20000 + 0..(n - 1)) as t, round(rand(100.0, n), 2) as price,
            long(0..(n - 1)) as qty, 'note ' + string((0..(n - 1)) % 777) as note)
  loadTable('dfs://damage', 'olap').append!(x)
  loadTable('dfs://damaged_tsdb', 'last').append!(x)
}
1"""
TABLES = [("dfs://damage", "olap"), ("dfs://damaged_tsdb", "last")]
DIGEST = ("select count(*) as n, sum(price) as p, sum(qty) as q, sum(long(t)) as t, sum(strlen(note)) as l, nunique(sym) as s "
          "from loadTable('{}', '{}') group by day order by day")


def digest(client):
    """What every node must tell of all rows."""
    out = []
    for database, table in TABLES:
        result = client.run(DIGEST.format(database, table))
        out += [(name, list(column)) for name, column in sorted(result.items())]
    return out


def same(a, b):
    if len(a) != len(b):
        return False
    for (name, x), (other, y) in zip(a, b):
        if name != other or len(x) != len(y):
            return False
        if any(abs(u - v) > 1e-6 * max(1, abs(u)) if isinstance(u, float) else u != v for u, v in zip(x, y)):
            return False
    return True


def write_files(nodes):
    """What nodes have in memory becomes files, so that there is something to damage."""
    for node in nodes:
        with node.connect() as client:
            client.run("flushOLAPCache()\nflushTSDBCache()\n1")


def chunk_files(home, alias):
    """The segment files of a data node."""
    return sorted(p for p in pathlib.Path(home, alias, "storage").rglob("*.seg") if ".quarantine" not in str(p))


def flip(path, bit):
    with open(path, "r+b") as file:
        file.seek(bit // 8)
        byte = file.read(1)[0]
        file.seek(bit // 8)
        file.write(bytes([byte ^ (1 << (bit % 8))]))


class Damage:
    """Each method does something to the files of a node that does not run, and says what."""

    def __init__(self, home):
        self.home = home

    def flip_in_segment(self, alias):
        path = random.choice(chunk_files(self.home, alias))
        bit = random.randrange(path.stat().st_size * 8)
        flip(path, bit)
        return f"bit {bit} of {path.name} flipped"

    def remove_segment(self, alias):
        path = random.choice(chunk_files(self.home, alias))
        path.unlink()
        return f"{path.name} removed"

    def cut_segment(self, alias):
        path = random.choice(chunk_files(self.home, alias))
        os.truncate(path, random.randrange(path.stat().st_size))
        return f"{path.name} cut off"

    def flip_in_catalog(self, alias):
        path = pathlib.Path(self.home, alias, "storage", "CHUNK_METADATA", "data.mdb")
        for _ in range(20):
            flip(path, random.randrange(path.stat().st_size * 8))
        return "20 bits of the catalog flipped"

    def flip_in_closed_catalog(self, alias):
        path = pathlib.Path(self.home, alias, "storage", "CHUNK_METADATA", "data.mdb")
        bit = random.randrange(path.stat().st_size * 8)
        flip(path, bit)
        return f"bit {bit} of the closed catalog flipped"

    def lose_volume(self, alias):
        for entry in pathlib.Path(self.home, alias, "storage").iterdir():
            if entry.is_dir() and entry.name != "CHUNK_METADATA":
                shutil.rmtree(entry)
        return "all files of the volume removed"

    def wipe(self, alias):
        shutil.rmtree(pathlib.Path(self.home, alias))
        return "everything of the node removed"


KINDS = ["flip_in_segment", "remove_segment", "cut_segment", "flip_in_catalog", "flip_in_closed_catalog", "lose_volume", "wipe"]


def told_of_catalog(home, alias):
    """How often a node has said that its catalog is not as it was when it was closed."""
    return pathlib.Path(home, f"{alias}.log").read_text(errors="replace").count("when it was closed")


def all_whole(cluster):
    """Every chunk has its replicas, all of the newest version, none marked as damaged."""
    with contextlib.suppress(*PROBLEMS):
        with cluster.processes[0].connect() as client:
            for text in client.run("exec replicas from getClusterChunksStatus()"):
                parts = [r.split(":") for r in text.split(",")]
                if len(parts) < 2 or len({p[1] for p in parts}) != 1 or any(p[2] != "false" for p in parts):
                    return False
            return True
    return False


def one_round(cluster, damage, kind, wanted):
    """Answers what is wrong."""
    victim = random.choice(cluster.nodes)
    closed = kind == "flip_in_closed_catalog"
    if closed:
        victim.stop()
    else:
        victim.kill()
    what, told = getattr(damage, kind)(victim.alias), told_of_catalog(cluster.home, victim.alias)
    victim.start()
    wait_for("answer of the node", victim.answers, 30)
    wrong = []
    if closed and told_of_catalog(cluster.home, victim.alias) == told:
        wrong.append(f"{victim.alias}: {what}, and it said nothing")
    for node in cluster.nodes:
        try:
            with node.connect() as client:
                if not same(digest(client), wanted):
                    wrong.append(f"{node.alias} tells of other rows after: {victim.alias}: {what}")
        except PROBLEMS as problem:
            wrong.append(f"{node.alias} cannot be read after: {victim.alias}: {what}: {problem}")
    began = time.monotonic()
    try:
        # A reader on each node has met the damage by now, or the report of the node has told of it.
        wait_for("whole replicas", lambda: all_whole(cluster), 60)
    except RuntimeError as problem:
        wrong.append(f"{victim.alias}: {what}: {problem}")
    return f"{victim.alias}: {what}; whole after {time.monotonic() - began:.1f} s", wrong


def only_the_victim_is_right(cluster, wanted):
    """Each node in turn is away: what was mended must do alone."""
    wrong = []
    for away in cluster.nodes:
        away.kill()
        reader = next(node for node in cluster.nodes if node is not away)
        try:
            with reader.connect() as client:
                if not same(digest(client), wanted):
                    wrong.append(f"without {away.alias} the rows are others")
        except PROBLEMS as problem:
            wrong.append(f"without {away.alias}: {problem}")
        away.start()
        cluster.settle()
    return wrong


def flip_in_redo_log(home, alias):
    """In the middle of what is written in one of its files; says what, and where the whole of it will be kept."""
    log = pathlib.Path(home, alias, "log", "redoLog")
    path = max(log.glob("redo.*"), key=lambda p: len(p.read_bytes().rstrip(b"\0")))
    used = len(path.read_bytes().rstrip(b"\0"))
    bit = random.randrange(used * 8 // 4, used * 8 * 3 // 4)
    flip(path, bit)
    return f"bit {bit} of {used} bytes of {path.name} flipped", path


def kept_aside(path, damaged):
    """The damaged file is kept as it was found."""
    return any((place / path.name).is_file() and (place / path.name).read_bytes() == damaged for place in path.parent.glob("damaged.*"))


def redo_log_of_one_replica(binary, port, rounds):
    """The node comes up without its newest rows, and has them again from the other replicas."""
    failed = 0
    with running(lambda home: Replicated(binary, home, port, 2), "damage-redo") as cluster:
        with cluster.nodes[0].connect() as client:
            client.run(CREATE)
        for i in range(rounds):
            with cluster.nodes[0].connect() as client:
                client.run(APPEND)
                wanted = digest(client)
            victim = random.choice(cluster.nodes)
            victim.kill()
            what, path = flip_in_redo_log(cluster.home, victim.alias)
            damaged = path.read_bytes()
            victim.start()
            wrong = []
            wait_for("answer of a node whose redo log is damaged", victim.answers, 30)
            if not kept_aside(path, damaged):
                wrong.append(f"{victim.alias}: {what}: the damaged log is not kept")
            for node in cluster.nodes:
                with node.connect() as client:
                    if not same(digest(client), wanted):
                        wrong.append(f"{node.alias} tells of other rows after: {victim.alias}: {what}")
            began = time.monotonic()
            wait_for("whole replicas", lambda: all_whole(cluster), 60)
            print(f"redo log {i}: {victim.alias}: {what}; whole after {time.monotonic() - began:.1f} s", flush=True)
            wrong += only_the_victim_is_right(cluster, wanted)
            failed += bool(wrong)
            for sentence in wrong:
                print(f"  {sentence}", flush=True)
        cluster.keep_files = bool(failed)
    return rounds - failed, failed


def read_days(client, wanted, chunks):
    """Each day of each table is as it was, or the error names its chunk; answers the number of errors and what is wrong."""
    errors, wrong = 0, []
    for database, table in TABLES:
        for day in ("2026.01.01", "2026.01.02", "2026.01.03"):
            query = DIGEST.format(database, table).replace(" group by", f" where day = {day} group by")
            try:
                found = sorted(client.run(query).items())
                if not same([(name, list(column)) for name, column in found], wanted[database, day]):
                    wrong.append(f"{database} {day} has other rows")
            except ScriptError as problem:
                errors += 1
                path = database.removeprefix("dfs:/") + "/" + day.replace(".", "")
                if not any(chunk in str(problem) for chunk, where in chunks if where.startswith(path)):
                    wrong.append(f"the error of {path} does not name its chunk: {problem}")
    return errors, wrong


def redo_log_of_the_only_replica(binary, port):
    """The rows are lost: the chunks that had them say so, now and after another start, and the others are as they were."""
    with running(lambda home: Single(binary, home, port), "damage-redo-one") as node:
        process = node.processes[0]
        with process.connect() as client:
            client.run(CREATE)
            client.run(APPEND)
            wanted = {}
            for database, table in TABLES:
                for day in ("2026.01.01", "2026.01.02", "2026.01.03"):
                    query = DIGEST.format(database, table).replace(" group by", f" where day = {day} group by")
                    wanted[database, day] = [(name, list(column)) for name, column in sorted(client.run(query).items())]
            status = client.run("select chunkId, file from getClusterChunksStatus()")
            chunks = list(zip(status["chunkId"], status["file"]))
        process.kill()
        what, path = flip_in_redo_log(node.home, "ledger")
        damaged = path.read_bytes()
        wrong = []
        for _ in range(2):
            process.start()
            wait_for("answer of the node", process.answers, 30)
            with process.connect() as client:
                errors, worse = read_days(client, wanted, chunks)
            wrong += worse
            if errors == 0:
                wrong.append("no chunk has lost a row")
            process.kill()
        if not kept_aside(path, damaged):
            wrong.append("the damaged log is not kept")
        print(f"redo log of the only replica: {what}; {errors} of {len(wanted)} chunks answer with an error", flush=True)
        node.keep_files = bool(wrong)
    for sentence in wrong:
        print(f"  {sentence}")
    return (0, 1) if wrong else (1, 0)


def two_replicas(binary, port, rounds):
    failed = 0
    with running(lambda home: Replicated(binary, home, port, 2), "damage") as cluster:
        with cluster.nodes[0].connect() as client:
            client.run(CREATE)
            client.run(APPEND)
            wanted = digest(client)
        write_files(cluster.nodes)
        damage = Damage(cluster.home)
        for i in range(rounds):
            told, wrong = one_round(cluster, damage, KINDS[i % len(KINDS)], wanted)
            print(f"round {i}: {told}", flush=True)
            failed += bool(wrong)
            for sentence in wrong:
                print(f"  {sentence}", flush=True)
        last = only_the_victim_is_right(cluster, wanted)
        for sentence in last:
            print(sentence)
        failed += bool(last)
        cluster.keep_files = bool(failed)
    return rounds + 1 - failed, failed


def marked(client):
    return client.run("exec count(*) from getClusterChunksStatus() where replicas like '%:true:%'")


def read_with_damage(client, chunk):
    """What is wrong while one file is damaged."""
    wrong = []
    try:
        client.run(DIGEST.format(*TABLES[0]))
        wrong.append("damaged rows were read")
    except ScriptError as problem:
        if chunk not in str(problem):
            wrong.append(f"the error does not name chunk {chunk}: {problem}")
    for day, rows in (("2026.01.01", 30000), ("2026.01.03", 30000)):
        count = client.run(f"exec count(qty) from loadTable('dfs://damage', 'olap') where day = {day}")
        if count != rows:
            wrong.append(f"{day} has {count} rows")
    time.sleep(1)
    if (chunks := marked(client)) != 1:
        wrong.append(f"{chunks} chunks are marked as damaged")
    return wrong


def one_replica(binary, port):
    """The error names the chunk; other chunks are read as before; the file that comes back is read again."""
    with running(lambda home: Single(binary, home, port), "damage-one") as node:
        process = node.processes[0]
        with process.connect() as client:
            client.run(CREATE)
            client.run(APPEND)
            wanted = digest(client)
        write_files(node.nodes)
        process.kill()
        path = next(p for p in chunk_files(node.home, "ledger") if "damage/20260102" in str(p))
        original = path.read_bytes()
        flip(path, len(original) * 4)
        process.start()
        node.settle()
        with process.connect() as client:
            wrong = read_with_damage(client, path.parent.name)
        path.write_bytes(original)
        process.kill()
        process.start()
        node.settle()

        def unmarked():
            with process.connect() as client:
                return marked(client) == 0
        try:
            wait_for("a chunk that is whole again", unmarked, 30)
        except RuntimeError as problem:
            wrong.append(str(problem))
        with process.connect() as client:
            if not same(digest(client), wanted):
                wrong.append("the rows are others after the file came back")
        node.keep_files = bool(wrong)
    for sentence in wrong:
        print(f"one replica: {sentence}")
    return (0, 1) if wrong else (1, 0)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--rounds", type=int, default=len(KINDS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--port", type=int, default=38731)
    options = parser.parse_args()
    random.seed(options.seed)
    binary = os.path.abspath(options.binary)
    parts = [one_replica(binary, options.port + 10), redo_log_of_the_only_replica(binary, options.port + 11),
             redo_log_of_one_replica(binary, options.port + 20, max(1, options.rounds // len(KINDS))),
             two_replicas(binary, options.port, options.rounds)]
    return outcome(sum(passed for passed, _ in parts), sum(failed for _, failed in parts))


if __name__ == "__main__":
    raise SystemExit(main())
