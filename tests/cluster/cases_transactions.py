"""A process dies in the middle of an append: afterwards all of its rows are there, or none."""
import threading
import time

from api import ScriptError
from cluster import CONTROLLER_PORT, NODE_PORT

ROWS, PARTITIONS = 1_000_000, 8
CREATE = f"""
  if (existsDatabase("dfs://crashDB")) {{ dropDatabase("dfs://crashDB") }}
  db = database("dfs://crashDB", VALUE, 2024.01.01..2024.01.{PARTITIONS:02})
  schema = table(1:0, `day`x, [DATE, DOUBLE])
  db.createPartitionedTable(schema, `pt, `day)"""
PREPARE = f"t = table(2024.01.01 + take(0..{PARTITIONS - 1}, {ROWS}) as day, rand(1.0, {ROWS}) as x)"
APPEND = 'loadTable("dfs://crashDB", "pt").append!(t)'
COUNT = 'exec count(x) from loadTable("dfs://crashDB", "pt")'  # reads the column, not only the metadata
DELAYS = (0.02, 0.1, 0.25)  # s from the append's start to the kill


class Append(threading.Thread):
    """Appends through the writer's node; `error` is None when the node said it was done."""

    def __init__(self, cluster, writer):
        super().__init__(daemon=True)
        self.client = cluster.connect(writer, NODE_PORT)
        self.error = None
        self.client.run(PREPARE)

    def run(self):
        try:
            self.client.run(APPEND)
        except (ScriptError, OSError, IndexError, ValueError) as problem:
            self.error = problem or "lost"


def count_when_settled(cluster, name):
    """The rows, once every chunk can be read again."""
    found = []

    def read():
        try:
            found.append(cluster.run(name, NODE_PORT, COUNT))
        except (ScriptError, OSError):
            return False
        return True
    cluster.wait_for("a readable table", read, 20)
    return found[-1]


def die_in_append(cluster, writer, victim, revive):
    """Kills the victim after each delay; notes what became of the appends."""
    cluster.run(writer, NODE_PORT, CREATE)
    rows, outcomes = 0, []
    for delay in DELAYS:
        append = Append(cluster, writer)
        append.start()
        time.sleep(delay)
        cluster.kill(victim)
        append.join(30)
        assert not append.is_alive(), f"the append hangs after the end of {victim}"
        revive()
        after = count_when_settled(cluster, writer)
        done = append.error is None
        assert after in ((rows + ROWS,) if done else (rows, rows + ROWS)), \
            f"{rows} rows before, {after} after an append of {ROWS} ({'done' if done else append.error})"
        outcomes.append("done" if done else "all" if after > rows else "none")
        rows = after
    cluster.run(writer, NODE_PORT, "t = table(2024.01.01 + 0..7 as day, 0.0 + 0..7 as x)\n"
                'loadTable("dfs://crashDB", "pt").append!(t)')
    assert count_when_settled(cluster, writer) == rows + 8
    return f"appends: {', '.join(outcomes)}"


def restart_data_node(cluster):
    cluster.wait_for_state({"P2-datanode": 0}, 12)
    cluster.start_nodes(["P2-datanode"])


def data_node_dies(cluster, _):
    return die_in_append(cluster, "P3", "P2-datanode", lambda: restart_data_node(cluster))


def controller_dies(cluster, _):
    def revive():
        cluster.script("P1", ["sh", "startController.sh"])
        cluster.wait_for_state({"P1-datanode": 1, "P2-datanode": 1, "P3-computenode": 1}, 20)
    return die_in_append(cluster, "P3", "controller8900", revive)


def replica_dies(cluster, _):
    """With two replicas on three nodes, the others go on; the node that comes back catches up."""
    return die_in_append(cluster, "P1", "P2-datanode", lambda: restart_data_node(cluster))


SINGLE = [("data_node_dies_in_append", data_node_dies), ("controller_dies_in_append", controller_dies)]
REPLICATED = [("replica_dies_in_append", replica_dies)]
