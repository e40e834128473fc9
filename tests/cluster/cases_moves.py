"""Replicas move between nodes while rows are written, and changes of stored tables reach every replica."""
import threading

from api import ScriptError
from cases_replicas import NODES
from cluster import CONTROLLER_PORT, NODE_PORT

CREATE = """
  if (existsDatabase("dfs://moveDB")) { dropDatabase("dfs://moveDB") }
  db = database("dfs://moveDB", VALUE, 2024.01.01..2024.01.02)
  db.createPartitionedTable(table(1:0, `day`k`v, [DATE, INT, LONG]), `pt, `day)
  t = table(2024.01.01 + take(0..1, 1000) as day, 0..999 as k, take(0l, 1000) as v)
  loadTable("dfs://moveDB", "pt").append!(t); 1"""
SUMS = 'exec sum(v + 1) from loadTable("dfs://moveDB", "pt")'
CHUNKS = 'select chunkId, replicas from getClusterChunksStatus() where file like "/moveDB%"'


def holders(cluster):
    """{chunk id: aliases}"""
    found = cluster.run("P1", CONTROLLER_PORT, CHUNKS)
    return {chunk: sorted(text.split(":")[0].strip() for text in all_of.split(","))
            for chunk, all_of in zip(found["chunkId"], found["replicas"])}


def settled(cluster):
    status = cluster.run("P1", CONTROLLER_PORT, "exec Status from getRecoveryTaskStatus()")
    return not [s for s in status if s in ("Waiting", "In-Progress")]


def move_under_writes(cluster, _):
    """Every chunk goes to the node that has none of it, with an update running all the time."""
    cluster.run("P1", NODE_PORT, CREATE)
    before = holders(cluster)
    assert len(before) == 2 and all(len(nodes) == 2 for nodes in before.values()), before
    stop, done = threading.Event(), []

    def write():
        with cluster.connect("P1", NODE_PORT) as client:
            while not stop.is_set():
                try:
                    client.run('update loadTable("dfs://moveDB", "pt") set v = v + 1 where k < 100')
                    done.append(1)
                except ScriptError as problem:
                    assert "ChunkInTransaction" in str(problem) or "is at version" in str(problem), problem
    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    wanted = {}
    for chunk, nodes in before.items():
        third = next(alias for alias in NODES if alias not in nodes)
        wanted[chunk] = sorted([nodes[1], third])
        cluster.run("P1", CONTROLLER_PORT, f'moveReplicas("{nodes[0]}", "{third}", "{chunk}")')
    cluster.wait_for("moved replicas", lambda: settled(cluster), 60)
    stop.set()
    writer.join(30)
    assert holders(cluster) == wanted, (holders(cluster), wanted)
    for name in cluster.hosts:
        assert cluster.run(name, NODE_PORT, SUMS) == 100 * len(done) + 1000
    failed = cluster.run("P1", CONTROLLER_PORT, "exec FailureReason from getRecoveryTaskStatus() where Status = `Aborted")
    return f"{len(done)} updates meanwhile, {len(failed)} tasks aborted"


def copy_and_delete(cluster, _):
    chunk, nodes = next(iter(holders(cluster).items()))
    third = next(alias for alias in NODES if alias not in nodes)
    cluster.run("P1", CONTROLLER_PORT, f'copyReplicas("{nodes[0]}", "{third}", "{chunk}")')
    cluster.wait_for("a third replica", lambda: len(holders(cluster)[chunk]) == 3 and settled(cluster), 30)
    for alias in nodes:
        cluster.run("P1", CONTROLLER_PORT, f'deleteReplicas("{chunk}", "{alias}")')
    assert holders(cluster)[chunk] == [third]
    try:
        cluster.run("P1", CONTROLLER_PORT, f'deleteReplicas("{chunk}", "{third}")')
        raise AssertionError("the last replica was deleted")
    except ScriptError as problem:
        assert "must stay" in str(problem), problem
    cluster.run("P1", NODE_PORT, 'update loadTable("dfs://moveDB", "pt") set v = 7; delete from loadTable("dfs://moveDB", "pt") where k >= 500')
    for name in cluster.hosts:
        assert cluster.run(name, NODE_PORT, SUMS) == 8 * 500
    cluster.run("P1", NODE_PORT, 'truncate("dfs://moveDB", "pt")')
    assert cluster.run("P2", NODE_PORT, 'exec count(*) from loadTable("dfs://moveDB", "pt")') == 0
    assert not holders(cluster)
    cluster.run("P1", NODE_PORT, 'dropDatabase("dfs://moveDB")')


CASES = [("move_under_writes", move_under_writes), ("copy_and_delete_replicas", copy_and_delete)]

