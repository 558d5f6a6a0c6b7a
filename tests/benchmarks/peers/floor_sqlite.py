"""The floor of a database, not a product: the standard library's sqlite3, one commit per call."""


def import_():
    import sqlite3

    return sqlite3


def _base():
    base = import_().connect("floor.db", timeout=30, isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = NORMAL")
    base.execute("CREATE TABLE IF NOT EXISTS runs (name TEXT, status TEXT)")
    base.execute("CREATE TABLE IF NOT EXISTS params (run INTEGER, name TEXT, value TEXT)")
    base.execute("CREATE TABLE IF NOT EXISTS points (run INTEGER, step INTEGER, value REAL)")
    return base


def start(name):
    base = _base()
    return base, base.execute("INSERT INTO runs VALUES (?, 'running')", [name]).lastrowid


def params(run, values):
    base, run_id = run
    rows = [(run_id, name, str(v)) for name, v in values.items()]
    base.execute("BEGIN IMMEDIATE")
    base.executemany("INSERT INTO params VALUES (?, ?, ?)", rows)
    base.execute("COMMIT")


def logger(run, values):
    base, run_id = run
    execute = base.execute
    return lambda i: execute("INSERT INTO points VALUES (?, ?, ?)", (run_id, i, values[i & 1023]))


def end(run):
    base, run_id = run
    base.execute("UPDATE runs SET status = 'finished' WHERE rowid = ?", [run_id])
    base.close()


def read_back():
    base = _base()
    states = [row[0] for row in base.execute("SELECT status FROM runs")]
    points = base.execute("SELECT count(*) FROM points").fetchone()[0]
    return {"runs": len(states), "points": points, "states": states}
