"""Configuration changed through the controller while the cluster runs."""
from api import ScriptError
from cluster import CONTROLLER_PORT, NODE_PORT

COMPUTE_PORT = 8903


def stop_node(cluster, alias):
    cluster.run("P1", CONTROLLER_PORT, f'stopDataNode("{alias}")')
    cluster.wait_for(f"the end of {alias}", lambda: cluster.pid(alias) is None, 15)
    cluster.wait_for_state({alias: 0}, 5)


def changed_setting(cluster, _):
    """saveClusterNodesConfigs counts from the node's next start; a bad line is refused and changes nothing."""
    lines = cluster.run("P1", CONTROLLER_PORT, "loadClusterNodesConfigs()")
    quoted = ",".join(f"'{line}'" for line in [*lines, "P1-datanode.maxConnections=77"])
    cluster.run("P1", CONTROLLER_PORT, f"saveClusterNodesConfigs([{quoted}])")
    assert cluster.run("P1", NODE_PORT, "getConfig(`maxConnections)") != "77"
    stop_node(cluster, "P1-datanode")
    cluster.start_nodes(["P1-datanode"])
    assert cluster.run("P1", NODE_PORT, "getConfig(`maxConnections)") == "77"
    assert cluster.run("P2", NODE_PORT, "getConfig(`maxConnections)") != "77"
    try:
        cluster.run("P1", CONTROLLER_PORT, f"saveClusterNodesConfigs([{quoted},'P1-datanode.workerNum=many'])")
    except ScriptError as problem:
        assert "workerNum" in str(problem), problem
    else:
        raise AssertionError("a bad value was taken")


def changed_nodes(cluster, _):
    """addNode makes a node that starts and computes; removeNode takes it away again."""
    address = cluster.hosts["P2"].address
    add = f"addNode('{address}', {COMPUTE_PORT}, 'P2-computenode', true, 'computenode')"
    cluster.run("P1", CONTROLLER_PORT, add)
    cluster.start_nodes(["P2-computenode"])
    assert cluster.run("P2", COMPUTE_PORT, "1+1") == 2
    for script, expected in ((add, "already"), ("removeNode('P2-computenode')", "is running"),
                             ("removeNode('P1-datanode')", "no compute node")):
        try:
            cluster.run("P1", CONTROLLER_PORT, script)
        except ScriptError as problem:
            assert expected in str(problem), problem
        else:
            raise AssertionError(f"{script} was carried out")
    stop_node(cluster, "P2-computenode")
    cluster.run("P1", CONTROLLER_PORT, "removeNode('P2-computenode')")
    cluster.wait_for("a list without it", lambda: "P2-computenode" not in cluster.states(), 5)


CASES = [("changed_setting", changed_setting), ("changed_nodes", changed_nodes)]
