"""dfsReplicationFactor=2 on three data nodes: one may be missing."""
import answers
import ohlc
from cluster import CONTROLLER_PORT, NODE_PORT

NODES = ["P1-datanode", "P2-datanode", "P3-datanode"]
APPEND = """
  t = select top 1000 * from loadTable("dfs://testDB", "testTB")
  loadTable("dfs://testDB", "testTB").append!(t)
  exec count(*) from loadTable("dfs://testDB", "testTB")"""


def replicas(cluster):
    """{alias: version} of the one chunk."""
    texts = cluster.run("P1", CONTROLLER_PORT, "exec replicas from getClusterChunksStatus()")
    assert len(texts) == 1, texts
    out = {}
    for text in texts[0].split(","):
        alias, version = text.strip().split(":")[:2]
        out[alias] = int(version)
    return out


def load_twice(cluster, state):
    cluster.edit("controller.cfg", "dfsReplicationFactor=1", "dfsReplicationFactor=2")
    cluster.edit("cluster.nodes", "10.0.0.82:8902:P3-computenode,computenode", "10.0.0.82:8902:P3-datanode,datanode")
    cluster.start(NODES)
    answers.load_and_compute(cluster, state)
    answers.check_same(cluster, state)
    assert len(replicas(cluster)) == 2, replicas(cluster)


def survivors(cluster, state):
    """(the killed holder's alias, the host name of the other holder, that of the node without the chunk)"""
    lost = state["lost"]
    other = next(alias for alias in state["holders"] if alias != lost)
    third = next(alias for alias in NODES if alias not in state["holders"])
    return lost, other.split("-")[0], third.split("-")[0]


def kill_one(cluster, state):
    """The answers stay the same, at once and from every living node; a further append works."""
    state["holders"] = sorted(replicas(cluster))
    state["lost"] = state["holders"][0]
    lost, other, third = survivors(cluster, state)
    cluster.kill(lost)
    answers.check_same(cluster, state, third)
    answers.check_same(cluster, state, other)
    cluster.wait_for_state({lost: 0}, 12)
    answers.check_same(cluster, state, third)
    assert cluster.run(third, NODE_PORT, APPEND) == ohlc.ROWS + 1000
    state["after_append"] = ohlc.rows_of(answers.query(cluster, other)[1])


def catch_up(cluster, state):
    """The node comes back, its replica catches up, and it alone gives the same answers."""
    lost, other, third = survivors(cluster, state)
    cluster.start_nodes([lost])
    cluster.wait_for("two replicas of one version",
                     lambda: lost in (found := replicas(cluster)) and len(set(found.values())) == 1
                     and len(found) >= 2, 30)
    other_alias = next(alias for alias in replicas(cluster) if alias != lost)
    cluster.kill(other_alias)
    reader = next(name for name in cluster.hosts if name != other_alias.split("-")[0])
    count, result = answers.query(cluster, reader)
    answers.check_count(count, ohlc.ROWS + 1000)
    assert ohlc.rows_of(result) == state["after_append"], "the replica that caught up gives other values"
    cluster.wait_for_state({other_alias: 0}, 12)
    cluster.start_nodes([other_alias])


CASES = [("load_twice", load_twice), ("kill_one", kill_one), ("catch_up", catch_up)]
