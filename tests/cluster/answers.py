"""The tutorial's scripts on a cluster, and the check that its answers are what they were."""
import re

import ohlc
from cluster import NODE_PORT, ROOT

COUNT = 'select count(*) from loadTable("dfs://testDB", "testTB") group by date(DateTime) as Date'
RAW = 'select SecurityID, DateTime, LastPx from loadTable("dfs://testDB", "testTB")'

SPREAD = 'exec sum(x) from loadTable("dfs://pathDB", "pt")'  # its 20 chunks lie on all data nodes
SPREAD_SUM = sum(range(2000))


def tutorial_script(name):
    return (ROOT / f"deploy/tutorial/{name}.dos").read_text()


def load(cluster):
    """The tutorial's step 5 on P1-datanode; what `timer` prints for append!, in ms."""
    cluster.shell("P1", NODE_PORT, tutorial_script("create"))
    script = tutorial_script("load").replace("\nloadTable(", "\ntimer loadTable(")
    return elapsed(cluster.shell("P1", NODE_PORT, script))


def elapsed(printed):
    found = re.search(r"Time elapsed: ([0-9.]+) ms", printed)
    assert found, f"no figure of timer in {printed!r}"
    return float(found[1])


def query(cluster, name):
    """Step 6 on the given host's node: (count table, OHLC table) through one session of the TCP API."""
    with cluster.connect(name, NODE_PORT) as client:
        count = client.run(tutorial_script("count"))
        client.run(tutorial_script("ohlc"))
        return count, client.run("result")


def check_count(count, rows=ohlc.ROWS):
    assert list(count) == ["Date", "count"], f"columns {list(count)}"
    assert (list(count["Date"]), list(count["count"])) == ([ohlc.DAY], [rows]), f"count: {count}"


def check_same(cluster, state, name="P3"):
    """Both queries give what they gave at first."""
    count, result = query(cluster, name)
    check_count(count)
    assert ohlc.rows_of(result) == state["ohlc"], "the OHLC values have changed"


def load_and_compute(cluster, state):
    """Loads, reads the raw columns back, and keeps the OHLC values computed here from them."""
    took = load(cluster)
    raw = cluster.run("P3", NODE_PORT, RAW)
    ohlc.check_raw(raw)
    state["ohlc"] = ohlc.compute(raw)
    assert len(state["ohlc"]) == ohlc.CODES
    return took
