"""The tutorial's chapter 1, its answers, and the same after a stop of everything."""
import json
import re
import socket
import time

import answers
import ohlc
from cluster import AGENT_PORT, CONTROLLER_PORT, NODE_PORT

NODES = ["P1-datanode", "P2-datanode", "P3-computenode"]


def tutorial(cluster, state):
    cluster.start(NODES)
    took = answers.load_and_compute(cluster, state)
    answers.check_same(cluster, state)
    printed = cluster.shell("P3", NODE_PORT, answers.tutorial_script("count"))
    assert re.search(r"^2023\.01\.08\s+1210000$", printed, re.M), printed
    count = answers.tutorial_script("count").replace("\nselect ", "\ntimer select ")
    count_took = answers.elapsed(cluster.shell("P3", NODE_PORT, count))
    script = answers.tutorial_script("count") + answers.tutorial_script("ohlc").replace("\nresult", "\ntimer result")
    printed = cluster.shell("P3", NODE_PORT, script + "\nprint(size(result))")
    assert printed.split()[-1] == "5000", printed
    return f"append! {took:.0f} ms, count {count_took:.1f} ms, OHLC {answers.elapsed(printed):.0f} ms"


def http_endpoints(cluster, _):
    for name, port in (("P1", CONTROLLER_PORT), ("P2", AGENT_PORT), ("P1", NODE_PORT), ("P3", NODE_PORT)):
        assert cluster.http(name, port, "/health")[0] == 200
        status = json.loads(cluster.http(name, port, "/status")[1])
        for key in ("role", "alias", "version"):
            assert key in status, f"/status of {name}:{port} has no {key}"
        metrics = cluster.http(name, port, "/metrics")[1]
        samples = [line for line in metrics.splitlines() if line and not line.startswith("#")]
        assert samples, f"/metrics of {name}:{port} is empty"
        for line in samples:
            assert re.fullmatch(r"[a-zA-Z_:][\w:]*(\{.*\})? \S+( \d+)?", line), f"no Prometheus line: {line}"
    status = json.loads(cluster.http("P1", CONTROLLER_PORT, "/status")[1])
    names = {node.get("alias") or node.get("name") for node in status["nodes"]}
    assert set(NODES) <= names, f"nodes of /status: {names}"
    assert any("testDB" in json.dumps(each) for each in status["databases"]), status["databases"]


def path_with_spaces(cluster, _):
    """P2 lies under a path with spaces and Chinese characters; its node stores chunks like any other."""
    assert " " in str(cluster.places["P2"]) and not str(cluster.places["P2"]).isascii()
    script = """
      if (existsDatabase("dfs://pathDB")) { dropDatabase("dfs://pathDB") }
      db = database("dfs://pathDB", VALUE, 2024.01.01..2024.01.20)
      t = table(2024.01.01 + take(0..19, 2000) as day, 0..1999 as x)
      db.createPartitionedTable(t, `pt, `day).append!(t)
      exec sum(x) from loadTable("dfs://pathDB", "pt")"""
    assert cluster.run("P2", NODE_PORT, script) == answers.SPREAD_SUM
    replicas = cluster.run("P1", CONTROLLER_PORT, "exec replicas from getClusterChunksStatus()")
    assert any(text.startswith("P2-datanode:") for text in replicas), "no chunk lies on P2-datanode"
    assert any(cluster.demo("P2").glob("data/P2-datanode/**/*")), "P2-datanode stores nothing in its home"
    held = [json.loads(cluster.http(name, NODE_PORT, "/status")[1])["load"]["chunks"] for name in ("P1", "P2")]
    assert sum(held) >= 20 and abs(held[0] - held[1]) <= 1, f"chunks of P1 and P2: {held}"


def taken_port(cluster, _):
    """The cluster stops; the controller cannot start while its port is taken."""
    cluster.stop()
    before = len(cluster.log("controller8900"))
    host = cluster.hosts["P1"]
    with host.network(), socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((host.address, CONTROLLER_PORT))
        other.listen()
        start = time.monotonic()
        cluster.script("P1", ["sh", "startController.sh"])
        cluster.wait_for("the end of the controller", lambda: cluster.pid("controller8900") is None
                         and "Failed to bind" in cluster.log("controller8900")[before:], 3)
        took = time.monotonic() - start
    expected = "Failed to bind the socket on port 8900 with error code 98"
    assert expected in cluster.log("controller8900")[before:], cluster.log("controller8900")[before:]
    return f"ended after {took:.1f} s"


def fresh_start(cluster, state):
    """After stopAllNode.sh on every host."""
    if cluster.pid("controller8900"):
        cluster.stop()
    cluster.start(NODES)
    answers.check_same(cluster, state)
    answers.check_same(cluster, state, "P2")
    raw = cluster.run("P3", NODE_PORT, answers.RAW)
    assert ohlc.compute(raw) == state["ohlc"], "the raw columns have changed"


def service_scripts(cluster, state):
    """The FAQ's controller.sh and agent.sh: each ends and starts its own process only."""
    nodes = {alias: cluster.pid(alias) for alias in ("P1-datanode", "P2-datanode")}
    controller, agent = cluster.pid("controller8900"), cluster.pid("P1-agent")
    cluster.script("P1", ["sh", "controller.sh", "stop"])
    assert cluster.pid("controller8900") is None and cluster.pid("P1-agent") == agent
    cluster.script("P1", ["sh", "controller.sh", "start"])
    cluster.script("P1", ["sh", "agent.sh", "restart"])
    cluster.wait_for_state({**{alias: 1 for alias in nodes}, "P3-computenode": 1, "P1-agent": 1}, 20)
    cluster.wait_for("new processes", lambda: cluster.pid("controller8900") not in (None, controller)
                     and cluster.pid("P1-agent") not in (None, agent), 5)
    assert nodes == {alias: cluster.pid(alias) for alias in nodes}
    answers.check_same(cluster, state)


CASES = [("tutorial", tutorial), ("http_endpoints", http_endpoints), ("path_with_spaces", path_with_spaces),
         ("taken_port", taken_port), ("fresh_start", fresh_start),
         ("service_scripts", service_scripts)]
