"""What is typed into a search never becomes SQL: it is bound, and every statement only reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import event

from nbmlops.errors import InvalidFilterError

# As the tools that look for injections try them: out of a string, out of a number, in comments, by
# encodings, stacked, blind, and in the words of both databases.
ATTACKS = [
    "' OR '1'='1",
    "' OR 1=1 --",
    "' OR 1=1 #",
    "' OR 1=1/*",
    "') OR ('1'='1",
    "')) OR (('1'='1' --",
    '" OR "1"="1',
    '") OR ("1"="1" --',
    "` OR 1=1 --",
    "\\' OR 1=1 --",
    "\\\\' OR 1=1 --",
    "%' OR '1' LIKE '1",
    "' OR 'x' LIKE '%",
    "' AND 1=0 UNION SELECT 1,2,3 --",
    "' UNION ALL SELECT NULL,NULL,NULL --",
    "' UNION SELECT name FROM sqlite_master --",
    "' UNION SELECT sql FROM sqlite_schema --",
    "' UNION SELECT usename FROM pg_shadow --",
    "' UNION SELECT version() --",
    "'; DROP TABLE runs; --",
    "'; DROP TABLE canary CASCADE; --",
    "'; DELETE FROM runs; --",
    "'; UPDATE runs SET name='x'; --",
    "'; INSERT INTO canary VALUES (1); --",
    "'; ATTACH DATABASE '/tmp/x' AS x; --",
    "'; PRAGMA writable_schema=1; --",
    "'; VACUUM INTO '/tmp/x'; --",
    "'; COPY runs TO PROGRAM 'id'; --",
    "'; COPY (SELECT 1) TO '/tmp/x'; --",
    "'; CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/x'; --",
    "'; SET ROLE postgres; --",
    "'; COMMIT; DROP TABLE canary; --",
    "' AND (SELECT pg_sleep(9)) IS NULL --",
    "'||pg_sleep(9)||'",
    "' AND randomblob(1000000000) --",
    "' AND load_extension('/tmp/x') --",
    "'||(SELECT 1)||'",
    "' AND 1=CAST((SELECT 1) AS int) --",
    "' AND ASCII(SUBSTR((SELECT name),1,1))>64 --",
    "' GROUP BY 1 HAVING 1=1 --",
    "' ORDER BY 99 --",
    "' LIMIT 0 OFFSET 1 --",
    "' PROCEDURE ANALYSE() --",
    "' WAITFOR DELAY '0:0:9' --",
    "1; DROP TABLE canary",
    "1 OR 1=1",
    "1 AND (SELECT 1)=1",
    "-1 UNION SELECT 1",
    "(SELECT CASE WHEN 1=1 THEN 1 ELSE 1/0 END)",
    "1/**/OR/**/1=1",
    "/*!50000 OR*/ 1=1",
    "'/**/OR/**/'1'='1",
    "%27%20OR%201=1",
    "%2527 OR 1=1",
    "0x27204f522031",
    "\u02bc OR 1=1 --",
    "\uff07 OR 1=1 --",
    "' OR 1=1\0",
    "'\n; DROP TABLE canary; --",
    "$$; DROP TABLE canary; $$",
    "E'\\x27; DROP TABLE canary'",
    ":name OR 1=1",
    "%(name)s OR 1=1",
    "? OR 1=1",
    "{0.__class__}",
    "'}]; DROP TABLE canary; --",
]


def ways(attack: str) -> Iterator[dict[str, str]]:
    """Each place of a search that an attack can stand in."""
    single, double = attack.replace("'", "''"), attack.replace('"', '""')
    yield {"filter": attack}
    yield {"filter": f"name = {attack}"}
    yield {"filter": f"name = '{attack}'"}
    yield {"filter": f"name = '{single}'"}
    yield {"filter": f'tags.t like "%{double}%"'}
    yield {"filter": f"params.p in ('a', '{single}')"}
    yield {"filter": f"metrics.`{attack}` > 0.5"}
    yield {"filter": f'params."{double}" is not null'}
    yield {"filter": f"metrics.a > {attack}"}
    yield {"filter": f"started_at > '{single}'"}
    yield {"filter": f"status = '{single}'"}
    yield {"sort": attack}
    yield {"sort": f"metrics.`{attack}` desc"}
    yield {"sort": f"name {attack}"}
    yield {"experiment": attack}
    yield {"cursor": attack}


@pytest.fixture
def told(store, record):
    """Every statement that the store sends, with what is bound to it."""
    record(store, metrics={"a": 0.9}, params={"p": 1}, tags={"t": "x"}, name="one")
    record(store, metrics={"a": 0.1}, name="two")
    with store.database.write() as session:
        session.run("CREATE TABLE canary (n INTEGER)")
        session.run("INSERT INTO canary VALUES (7)")
    found: list[tuple[str, object]] = []
    engine = store.database.engine()

    @event.listens_for(engine, "before_cursor_execute")
    def hear(connection, cursor, statement, parameters, context, executemany):
        found.append((statement, parameters))

    yield found
    event.remove(engine, "before_cursor_execute", hear)


def test_no_attack_becomes_part_of_a_statement(store, told):
    store.runs.find("name = 'x' and metrics.a > 1", sort="metrics.a desc", experiment="y")
    answered = 0
    for attack in ATTACKS:
        for search in ways(attack):
            del told[:]
            options = dict(search)
            try:
                page = store.runs.find(options.pop("filter", ""), **options)
                assert page.total in (0, 1, 2)
                answered += 1
            except InvalidFilterError:
                pass
            for statement, _ in told:
                assert attack not in statement, search
                assert not re.search(r"(?i)canary|drop |union|sleep|attach|copy |;", statement)
    assert answered > 4 * len(ATTACKS)
    with store.database.read() as session:
        assert session.value("SELECT sum(n) FROM canary") == 7
        assert session.value("SELECT count(*) FROM runs") == 2


READING = [
    ("", {}),
    ("name = 'one' or name like '%o%'", {"sort": "name"}),
    ("metrics.a > 0.5 and not params.p = '1'", {"sort": "metrics.a desc"}),
    ("tags.t in ('x', 'y') and started_at > '7d'", {"sort": "started_at", "limit": 1}),
    ("params.p is null or status != 'failed'", {"sort": "params.p", "experiment": "churn"}),
    ("duration_seconds >= 0", {"sort": "duration_seconds desc"}),
]
# What SQLite's machine does to a table, and what PostgreSQL's plans do.
WRITES = {"OpenWrite", "Insert", "Delete", "Destroy", "Clear", "CreateBtree", "VUpdate", "Vacuum"}


@pytest.mark.parametrize(("words", "options"), READING, ids=lambda value: str(value)[:30])
def test_every_statement_of_a_search_only_reads(store, told, words, options):
    del told[:]
    page = store.runs.find(words, **options)
    assert len(page.runs) <= 2
    assert page.total <= 2
    engine = store.database.engine()
    asked = [
        (statement, bound)
        for statement, bound in list(told)
        if statement.lstrip("( \n").upper().startswith(("SELECT", "WITH"))
    ]
    assert asked
    with engine.connect() as connection:
        on_sqlite = engine.dialect.name == "sqlite"
        raw = connection.connection.cursor()
        for statement, bound in asked:
            raw.execute(("EXPLAIN " if on_sqlite else "EXPLAIN (FORMAT JSON) ") + statement, bound)
            plan = raw.fetchall()
            if on_sqlite:
                # A search may sort in a table of its own, which is no part of the database.
                cursors = {row[2] for row in plan if row[1] in ("OpenEphemeral", "SorterOpen")}
                wrote = [row for row in plan if row[1] in WRITES and row[2] not in cursors]
                assert wrote == [], statement
            else:
                assert "ModifyTable" not in str(plan), statement
    for statement, bound in asked:
        for literal in ("one", "%o%", "7d", "failed", "churn", "0.5"):
            assert f"'{literal}'" not in statement, (statement, bound)
