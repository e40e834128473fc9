"""The tables of the damage tests, what their rows must be, and when a cluster is whole again."""
import contextlib
import pathlib

from processes import PROBLEMS

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


def all_there(cluster):
    """What the controller says of its replicas each node says of itself: it believes a node that is behind to the next write."""
    with contextlib.suppress(*PROBLEMS):
        held = {}
        for node in cluster.nodes:
            with node.connect() as client:
                meta = client.run("select chunkId, version from getChunksMeta()")
                held[node.alias] = dict(zip(meta["chunkId"], meta["version"]))
        with cluster.processes[0].connect() as client:
            status = client.run("select chunkId, version, replicas from getClusterChunksStatus()")
        return all_whole(cluster) and all(held[replica.split(":")[0]].get(chunk) == version
                                          for chunk, version, replicas in zip(*(status[name] for name in ("chunkId", "version", "replicas")))
                                          for replica in replicas.split(","))
    return False


def wrong_rows(node, wanted):
    """What is wrong with what this node reads; None when it is what was written."""
    try:
        with node.connect() as client:
            return None if same(digest(client), wanted) else "the rows are others"
    except PROBLEMS as problem:
        return str(problem)


def only_the_victim_is_right(cluster, wanted):
    """Each node in turn is away: what was mended must do alone."""
    wrong = []
    for away in cluster.nodes:
        away.kill()
        reader = next(node for node in cluster.nodes if node is not away)
        if problem := wrong_rows(reader, wanted):
            wrong.append(f"without {away.alias}: {problem}")
        away.start()
        cluster.settle()
    return wrong
