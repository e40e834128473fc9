"""kill -9 of a data node, of the controller and of an agent."""
import os
import signal
import time

import answers
from api import ScriptError
from cluster import CONTROLLER_PORT, NODE_PORT

LIMIT, TOLERANCE = 8, 1.5  # dfsChunkNodeHeartBeatTimeout


def seen_dead_after(cluster, alias):
    """Kills the process; the seconds until the controller has seen it."""
    killed = cluster.kill(alias)
    return cluster.wait_for_state({alias: 0}, LIMIT + TOLERANCE + 3) - killed


def right_or_error(cluster):
    """While a node is missing, a query fails or gives the right answer; one that needs the node fails."""
    try:
        answers.check_count(answers.query(cluster, "P3")[0])
    except (ScriptError, OSError):
        pass
    try:
        cluster.run("P3", NODE_PORT, answers.SPREAD)
    except ScriptError as problem:
        assert "P1-datanode" in str(problem), f"the error does not name the missing node: {problem}"
        return
    raise AssertionError("a query over chunks of a missing node gave an answer")


def silently_dead_after(cluster, alias, agent):
    """The same while its agent is stopped and so cannot tell."""
    process = cluster.pid(agent)
    os.kill(process, signal.SIGSTOP)
    try:
        return seen_dead_after(cluster, alias)
    finally:
        os.kill(process, signal.SIGCONT)
        cluster.wait_for_state({agent: 1}, 20)


def kill_data_node(cluster, state):
    """Its agent sees it end and tells; without an agent the controller waits for heartbeats."""
    told = seen_dead_after(cluster, "P1-datanode")
    assert told <= TOLERANCE, f"seen dead after {told:.2f} s"
    right_or_error(cluster)
    cluster.start_nodes(["P1-datanode"])
    answers.check_same(cluster, state)
    assert cluster.run("P3", NODE_PORT, answers.SPREAD) == answers.SPREAD_SUM
    silent = silently_dead_after(cluster, "P1-datanode", "P1-agent")
    assert abs(silent - LIMIT) <= TOLERANCE, f"seen dead after {silent:.2f} s without its agent"
    cluster.start_nodes(["P1-datanode"])
    answers.check_same(cluster, state)
    return f"seen dead after {told:.2f} s, {silent:.2f} s without its agent"


def kill_controller(cluster, state):
    before = {alias: cluster.pid(alias) for alias in ("P1-datanode", "P2-datanode", "P3-computenode", "P3-agent")}
    cluster.kill("controller8900")
    cluster.wait_for("the end of the controller", lambda: cluster.pid("controller8900") is None, 3)
    time.sleep(1)
    cluster.script("P1", ["sh", "startController.sh"])
    start = time.monotonic()
    back = cluster.wait_for_state({alias: 1 for alias in before}, 20) - start
    assert before == {alias: cluster.pid(alias) for alias in before}, "the controller's end has ended nodes"
    answers.check_same(cluster, state)
    return f"all nodes back {back:.1f} s after the controller's start"


def kill_agent(cluster, state):
    """Its node lives on, works, is re-adopted by the new agent, and stops and starts through the controller."""
    node = cluster.pid("P1-datanode")
    cluster.kill("P1-agent")
    answers.check_same(cluster, state)
    assert cluster.pid("P1-datanode") == node
    cluster.script("P1", ["sh", "startagent.sh"])
    cluster.wait_for("a new agent", lambda: "re-adopted P1-datanode" in cluster.log("P1-agent")
                     or cluster.states().get("P1-agent") == 1, 15)
    stop_after_adoption(cluster, node)
    cluster.start_nodes(["P1-datanode"])
    answers.check_same(cluster, state)


def stop_after_adoption(cluster, node):
    """Asks until the agent is connected; a node that stops is seen at once, not after the liveness limit."""
    def asked():
        try:
            cluster.run("P1", CONTROLLER_PORT, 'stopDataNode("P1-datanode")')
            return True
        except ScriptError:
            return False
    assert cluster.pid("P1-datanode") == node
    cluster.wait_for("an accepted stop order", asked, 10)
    cluster.wait_for("the end of P1-datanode", lambda: cluster.pid("P1-datanode") is None, 10)
    cluster.wait_for_state({"P1-datanode": 0}, 5)


CASES = [("kill_data_node", kill_data_node), ("kill_controller", kill_controller), ("kill_agent", kill_agent)]
