"""What happens when a redo log is damaged that has rows which are in no file yet; part of damage.py."""
import pathlib
import random
import time

from api import ScriptError
from damaged import APPEND, CREATE, DIGEST, TABLES, all_there, digest, flip, only_the_victim_is_right, same
from processes import Replicated, Single, running, wait_for


def flip_in_redo_log(home, alias, begin=0.2, end=0.8):
    """In that part of what is written in its longest file; says what, and which file."""
    log = pathlib.Path(home, alias, "log", "redoLog")
    path = max(log.glob("redo.*"), key=lambda p: len(p.read_bytes().rstrip(b"\0")))
    used = len(path.read_bytes().rstrip(b"\0"))
    bit = random.randrange(int(used * 8 * begin), int(used * 8 * end))
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
            wait_for("whole replicas", lambda: all_there(cluster), 60)
            print(f"redo log {i}: {victim.alias}: {what}; whole after {time.monotonic() - began:.1f} s", flush=True)
            wrong += only_the_victim_is_right(cluster, wanted)
            failed += bool(wrong)
            for sentence in wrong:
                print(f"  {sentence}", flush=True)
        cluster.keep_files = bool(failed)
    return rounds - failed, failed


DAYS = ("2026.01.01", "2026.01.02", "2026.01.03")


def query_of(database, table, day):
    return DIGEST.format(database, table).replace(" group by", f" where day = {day} group by")


def columns_of(result):
    return [(name, list(column)) for name, column in sorted(result.items())]


def read_days(client, wanted, chunks):
    """Each day of each table is as it was, or the error names its chunk; answers those with errors and what is wrong."""
    lost, wrong = [], []
    for database, table in TABLES:
        for day in DAYS:
            try:
                if not same(columns_of(client.run(query_of(database, table, day))), wanted[database, day]):
                    wrong.append(f"{database} {day} has other rows")
            except ScriptError as problem:
                lost.append((database, table, day))
                path = database.removeprefix("dfs:/") + "/" + day.replace(".", "")
                if not any(chunk in str(problem) for chunk, where in chunks if where.startswith(path)):
                    wrong.append(f"the error of {path} does not name its chunk: {problem}")
    return lost, wrong


ROW = "table(take({}, 1) as day, symbol(take(`NEW, 1)) as sym, [2026.01.01T00:00:00.000] as t, [1.0] as price, [7l] as qty, [`new] as note)"


def write_days(client, lost):
    """A chunk that lost rows takes no new ones, which would hide it, until its partition is dropped; the others do."""
    wrong = []
    for database, table in TABLES:
        for day in DAYS:
            append = f"loadTable('{database}', '{table}').append!({ROW.format(day)})"
            if (database, table, day) not in lost:
                client.run(append)
                continue
            try:
                client.run(append)
                wrong.append(f"{database} {day} has lost rows and takes new ones")
            except ScriptError:
                pass
            client.run(f"dropPartition(database('{database}'), {day}, '{table}')")
            client.run(append)
            count = client.run(f"exec count(qty) from loadTable('{database}', '{table}') where day = {day}")
            if count != 1:
                wrong.append(f"{database} {day} has {count} rows after it was dropped and filled again")
    return wrong


def redo_log_of_the_only_replica(binary, port):
    """The rows are lost: the chunks that had them say so, now and after another start, and the others are as they were."""
    with running(lambda home: Single(binary, home, port), "damage-redo-one") as node:
        process = node.processes[0]
        with process.connect() as client:
            client.run(CREATE)
            client.run(APPEND)
            wanted = {(database, day): columns_of(client.run(query_of(database, table, day))) for database, table in TABLES for day in DAYS}
            status = client.run("select chunkId, file from getClusterChunksStatus()")
            chunks = list(zip(status["chunkId"], status["file"]))
        process.kill()
        what, path = flip_in_redo_log(node.home, "ledger", 0.74, 0.82)  # behind the first chunk of the last third
        damaged = path.read_bytes()
        wrong = []
        for _ in range(2):
            process.start()
            wait_for("answer of the node", process.answers, 30)
            with process.connect() as client:
                lost, worse = read_days(client, wanted, chunks)
            wrong += worse
            if not 0 < len(lost) < len(wanted):
                wrong.append(f"{len(lost)} of {len(wanted)} chunks answer with an error")
            process.kill()
        process.start()
        wait_for("answer of the node", process.answers, 30)
        with process.connect() as client:
            wrong += write_days(client, lost)
        if not kept_aside(path, damaged):
            wrong.append("the damaged log is not kept")
        print(f"redo log of the only replica: {what}; {len(lost)} of {len(wanted)} chunks answer with an error", flush=True)
        node.keep_files = bool(wrong)
    for sentence in wrong:
        print(f"  {sentence}")
    return (0, 1) if wrong else (1, 0)
