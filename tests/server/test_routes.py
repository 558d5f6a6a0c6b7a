"""What the routes answer, over a real Jupyter server."""

from __future__ import annotations

import math
import platform
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest
from server_tools import Server, next_event, record

from nbmlops.errors import WorkspaceNotFoundError
from nbmlops.server.places import Places
from nbmlops.workspace import open_workspace


def test_runs_come_as_rows_of_the_columns_that_are_asked_for(server: Server) -> None:
    ids = [
        record(server.workspace, "rows", f"run {n}", auc=n / 10, loss=math.nan) for n in range(5)
    ]

    page = server.get(
        "/runs",
        experiment="ROWS",
        sort="metrics.auc desc",
        limit=2,
        columns="name,status,metrics.auc,metrics.loss,params.depth,tags.team,metrics.none,started_at",
    )

    assert page["columns"][2] == "metrics.auc"
    assert [row[:7] for row in page["rows"]] == [
        ["run 4", "succeeded", 0.4, "NaN", 3, "risk", None],
        ["run 3", "succeeded", 0.3, "NaN", 3, "risk", None],
    ]
    assert page["rows"][0][7].endswith("+00:00")
    assert (page["ids"], page["total"]) == ([ids[4], ids[3]], 5)
    following = server.get(
        "/runs", experiment="rows", sort="metrics.auc desc", limit=2, cursor=page["cursor"]
    )
    assert following["ids"] == [ids[2], ids[1]]
    jumped = server.get("/runs", experiment="rows", sort="metrics.auc desc", limit=2, offset=3)
    assert (jumped["ids"], jumped["total"], jumped["cursor"]) == ([ids[1], ids[0]], 5, None)
    filtered = server.get("/runs", experiment="rows", filter="metrics.auc >= 0.3")
    assert (filtered["ids"], filtered["total"]) == ([ids[4], ids[3]], 2)


def test_a_run_comes_whole_and_what_may_change_of_it_changes(server: Server) -> None:
    run = record(server.workspace, "whole", "before", auc=0.5)

    whole = server.get(f"/runs/{run}")["run"]
    assert (whole["id"], whole["metrics"], whole["params"]) == (run, {"auc": 0.5}, {"depth": 3})
    changed = server.ask(
        "PATCH",
        f"/runs/{run}",
        {"name": "after", "note": "# why", "tags": {"team": None, "stage": "draft"}},
    ).json["run"]

    assert (changed["name"], changed["note"], changed["tags"]) == (
        "after",
        "# why",
        {"stage": "draft"},
    )
    again = open_workspace(server.workspace.settings.root).runs.get(run)
    assert (again.name, again.note, dict(again.tags)) == ("after", "# why", {"stage": "draft"})


def test_runs_are_deleted_together_or_not_at_all(server: Server) -> None:
    ids = [record(server.workspace, "gone", f"gone {n}") for n in range(2)]

    assert server.ask("POST", "/runs/delete", {"runs": [*ids, "nobody"]}).status == 404
    assert server.get("/runs", experiment="gone")["total"] == 2
    assert server.ask("POST", "/runs/delete", {"runs": ids, "why": "old"}).json == {"runs": ids}
    assert server.get("/runs", experiment="gone")["total"] == 0
    assert server.get("/runs", experiment="gone", deleted="true")["total"] == 2
    assert server.ask("POST", "/runs/restore", {"runs": ids}).json == {"runs": ids}
    assert server.get("/runs", experiment="gone")["total"] == 2


def test_a_series_is_thinned_with_its_extremes(server: Server) -> None:
    with server.workspace.runs.track("series", name="long") as run:
        for step in range(3000):
            run.log(loss=50.0 if step == 1234 else 1 / (step + 1), step=step)
        run.log(auc=0.5)
    server.workspace.runs.flush()

    found = server.get(f"/runs/{run.id}/series", points=100)["series"]
    assert list(found) == ["loss"]
    loss = found["loss"]
    assert loss["point_count"] == 3000
    assert len(loss["values"]) <= 100
    assert (loss["steps"][0], loss["steps"][-1]) == (0, 2999)
    assert loss["values"][loss["steps"].index(1234)] == 50.0
    assert len(loss["times"]) == len(loss["values"])
    part = server.get(f"/runs/{run.id}/series", name="loss", **{"from": 1200, "to": 1249})
    assert part["series"]["loss"]["steps"] == list(range(1200, 1250))
    assert server.get(f"/runs/{run.id}/series", name="none") == {"series": {}}


def test_names_experiments_and_children_are_listed(server: Server) -> None:
    with server.workspace.runs.track("family", name="parent") as parent:
        with server.workspace.runs.track(name="child") as child:
            child.log({"odd,name": 1.0})
    server.workspace.runs.flush()

    listed = server.get("/experiments")["experiments"]
    assert next(each for each in listed if each["name"] == "family")["run_count"] == 2
    assert server.get("/fields", experiment="family")["metrics"] == ["odd,name"]
    assert server.get(f"/runs/{parent.id}/children")["ids"] == [child.id]
    page = server.get("/runs", experiment="family", columns="name,`metrics.odd,name`")
    assert page["columns"] == ["name", "metrics.odd,name"]
    assert ["child", 1] in page["rows"]


def test_a_run_tells_what_it_was_made_of(server: Server) -> None:
    rows = list(range(200))
    with server.workspace.runs.track("lineage", name="prepare") as made:
        made.log_dataset(pd.DataFrame({"a": rows}), name="clean", role="made")
    with server.workspace.runs.track("lineage", name="train", parent_id=made.id) as used:
        used.log_dataset(pd.DataFrame({"a": rows}), name="X", role="train")
    server.workspace.runs.flush()

    found = server.get(f"/runs/{used.id}/lineage")["lineage"]
    (thing,) = found["inputs"]
    assert (thing["name"], thing["kind"], thing["shape"]) == ("X", "data", [200, 1])
    (link,) = thing["links"]
    assert (link["run"]["id"], link["name"], link["told_by"]) == (made.id, "clean", "content")
    assert found["parent"]["name"] == "prepare"
    (child,) = server.get(f"/runs/{made.id}/lineage")["lineage"]["children"]
    assert child["id"] == used.id
    assert server.ask("GET", "/runs/none-of-this/lineage").error["type"] == "RunNotFoundError"


def test_runs_are_compared(server: Server) -> None:
    ids = [record(server.workspace, "pair", f"pair {n}", auc=n / 2) for n in range(2)]

    found = server.ask("POST", "/compare", {"runs": ids}).json["comparison"]

    assert [run["name"] for run in found["runs"]] == ["pair 0", "pair 1"]
    assert server.ask("POST", "/compare", {"runs": ids[:1]}).status == 422


def test_a_comparison_comes_as_a_file(server: Server) -> None:
    ids = [record(server.workspace, "files of pairs", f"=pair {n}", auc=n / 2) for n in range(2)]

    table = server.ask("POST", "/compare/export", {"runs": ids, "form": "csv"}).json
    assert (table["name"], table["media_type"]) == ("comparison.csv", "text/csv")
    assert "metrics.auc" in table["text"] or "auc" in table["text"]
    assert ",=pair" not in table["text"]  # no spreadsheet takes it for a formula
    page = server.ask("POST", "/compare/export", {"runs": ids, "form": "html"}).json["text"]
    assert "=pair 1" in page
    assert "<script" not in page
    for body in ({"runs": ids}, {"runs": ids, "form": "pdf"}, {"runs": ids[:1], "form": "csv"}):
        assert server.ask("POST", "/compare/export", body).status == 422


def test_runs_are_counted_in_groups(server: Server) -> None:
    for name in ("one", "two"):
        record(server.workspace, "grouped", name, auc=0.5)

    found = server.get("/groups", by="experiment", filter="metrics.auc = 0.5", experiment="Grouped")

    assert (found["group_count"], found["run_count"]) == (1, 2)
    (group,) = found["groups"]
    assert (group["value"], group["run_count"], group["running_count"]) == ("grouped", 2, 0)
    assert server.ask("GET", "/groups").status == 422
    assert server.ask("GET", "/groups", by="user").status == 422


@pytest.mark.parametrize("name", ["page.html", "folder/picture.svg", "naïve “note”.ipynb"])
def test_an_artifact_is_a_download_that_no_browser_runs(server: Server, name: str) -> None:
    data = b"<svg onload=alert(1)><script>alert(document.cookie)</script>"
    with server.workspace.runs.track("files") as run:
        run.log_artifact(data, name)
    server.workspace.runs.flush()

    reply = server.ask("GET", f"/runs/{run.id}/artifacts/{quote(name)}")

    assert (reply.status, reply.data) == (200, data)
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["content-disposition"].startswith("attachment;")
    assert reply.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_changes_are_pushed_from_any_process(server: Server) -> None:
    stream = server.listen()
    assert stream.getheader("Content-Type") == "text/event-stream"
    first = next_event(stream)
    program = (
        "import nbmlops, sys\n"
        "with nbmlops.track('pushed', name='elsewhere') as run:\n"
        "    run.log(loss=0.5)\n    print(run.id, flush=True)\n    sys.stdin.readline()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        env={"NBMLOPS_WORKSPACE": str(server.workspace.settings.root), "PATH": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    run = child.stdout.readline().strip()

    event = next_event(stream)
    while event["running"] == first["running"]:
        event = next_event(stream)
    assert event["running"] == first["running"] + 1
    assert event["sequence"] > first["sequence"]
    assert server.get(f"/runs/{run}")["run"]["status"] == "running"
    child.kill()
    child.wait()
    while event["running"] != first["running"]:
        event = next_event(stream)
    assert server.get(f"/runs/{run}")["run"]["status"] == "lost"
    stream.close()


def test_many_may_listen_and_leave(server: Server) -> None:
    streams = [server.listen() for _ in range(6)]
    for stream in streams:
        next_event(stream)
    for stream in streams[:5]:
        stream.close()
    record(server.workspace, "listeners", "one more")

    assert next_event(streams[5])["sequence"] > 0
    streams[5].close()


def test_the_workspace_of_a_notebook_is_that_of_its_project(server: Server, tmp_path: Path) -> None:
    project = server.folder / "project"
    (project / "deep").mkdir(parents=True)
    (project / "pyproject.toml").write_text("[tool.other]\n")

    known = server.get("/workspaces", notebook="project/deep/train.ipynb")

    assert known["problem"] is None
    assert known["host"] == platform.node()
    assert known["current"] == server.get("/workspaces")["current"]
    for path in ("../../outside.ipynb", "project/../../x.ipynb", "/../x.ipynb"):
        assert server.ask("GET", "/workspaces", notebook=path).status == 404


def test_a_server_that_was_started_anew_finds_a_workspace_by_a_notebook_that_records_there(
    server: Server,
) -> None:
    project = server.folder / "other project"
    project.mkdir()
    (project / "pyproject.toml").write_text('[tool.nbmlops]\nworkspace = "kept"\n')
    key = Places(server.folder).find(None, "other project/train.ipynb").key

    anew = Places(server.folder)
    for notebook in (None, "train.ipynb"):
        with pytest.raises(WorkspaceNotFoundError):
            anew.find(key, notebook)
    assert anew.find(key, "other project/train.ipynb").key == key
    assert anew.find(key, None).key == key


def test_a_workspace_that_only_a_kernel_knows_is_refused_with_what_to_do(server: Server) -> None:
    reply = server.ask("GET", "/runs", workspace="0123456789abcdef")

    assert reply.status == 404
    assert reply.error["type"] == "WorkspaceNotFoundError"
    assert "NBMLOPS_WORKSPACE" in reply.error["hint"]


def test_what_is_asked_at_once_is_answered(server: Server) -> None:
    run = record(server.workspace, "busy", "one", auc=0.5)
    statuses: list[int] = []

    def ask() -> None:
        statuses.extend(server.ask("GET", f"/runs/{run}").status for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert statuses == [200] * 80
