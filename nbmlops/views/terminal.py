"""Runs for a terminal: rich renderables that fit themselves to its width."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from nbmlops.headline import Better
from nbmlops.records import Artifact, Dataset, FittedModel, History, Metric, Run, Status
from nbmlops.views import facts, quantities, sparkline, usage
from nbmlops.views.attempts import shape_of
from nbmlops.views.escaping import block, visible
from nbmlops.views.fitted import made_of, settings_of
from nbmlops.views.observed import observed
from nbmlops.views.palette import STATUS_LOOKS
from nbmlops.views.summary import Change, deletion, points, summarize
from nbmlops.views.tabulation import Column, Entry, Tabulation, fitting, tabulate

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from rich.text import Text

__all__ = ["RunPanel", "RunTable"]


class RunTable:
    """A table of runs, with as many columns as the terminal has room for."""

    def __init__(
        self, runs: Iterable[Run], *, better: Better, now: datetime | None = None, limit: int = 1000
    ) -> None:
        self._table = tabulate(runs, better=better, now=now, limit=limit, status_column=True)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        if not self._table.runs:
            yield Text(self._table.nothing_in_terminal, style="dim")
            return
        table = fitting(self._table, options.max_width - 2, gap=3)
        yield _grid(table)
        yield Text(" " + " · ".join(table.caption), style="dim")
        for note in table.notes:
            yield Text(f" ! {note}", style="yellow")


def _grid(table: Tabulation) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1), header_style="bold")
    styles = {"params": "cyan", "metrics": "magenta"}
    for column in table.columns:
        grid.add_column(
            Text(column.title, style=styles.get(column.group, "")),
            justify="right" if column.is_numeric else "left",
            no_wrap=True,
            overflow="ellipsis",
        )
    for index in range(len(table.runs)):
        grid.add_row(*(_entry(column, column.entries[index]) for column in table.columns))
    return grid


def _entry(column: Column, entry: Entry) -> Text:
    from rich.text import Text

    if entry.status is not None:
        look = STATUS_LOOKS[entry.status]
        return Text.assemble((f"{look.mark} ", look.style), entry.text)
    if entry.is_best:
        return Text(f"★ {entry.text}", style="bold green")
    if column.group != "run":
        return Text(entry.text)
    if column.title == "status" and entry.text != Status.SUCCEEDED:
        return Text(entry.text, style=STATUS_LOOKS[Status(entry.text)].style)
    return Text(entry.text, style="dim")


class RunPanel:
    """One run: its headline as in the card, then everything else in sections."""

    def __init__(
        self,
        run: Run,
        history: History | None = None,
        series: Mapping[str, Sequence[Metric]] | None = None,
        *,
        better: Better,
    ) -> None:
        self._run = run
        self._history = history
        self._summary = summarize(run, history, series, better=better)
        self._courses = {
            name: sparkline.blocks(points(recorded)) for name, recorded in (series or {}).items()
        }

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.padding import Padding
        from rich.text import Text

        summary, run = self._summary, self._run
        look = STATUS_LOOKS[summary.status]
        yield Text.assemble(
            (f"{look.mark} ", look.style),
            (summary.name, "bold"),
            (f" in {summary.experiment}", "dim"),
            "  ",
            (summary.status.value, look.style),
            ("".join(f" · {fact}" for fact in summary.facts), "dim"),
        )
        for text, style in ((summary.problem, "red"), (summary.reason, "yellow")):
            if text:
                yield Text(f"  {text}", style=style)
        for message in (*deletion(run), *(warning.message for warning in run.warnings)):
            yield Text.assemble(("  ! ", "yellow"), visible(message, 400))
        if summary.changes:
            yield _changed(summary.changes, summary.more_changes)
        if did := observed(run):
            yield _observed(did)
        for title, table in _sections(run, self._history, self._courses):
            yield Text(f"\n{title}", style="bold")
            yield Padding(table, (0, 0, 0, 2), expand=False)
        for title, content in facts.texts(run, with_diff=True):
            yield Text(f"\n{visible(title)}", style="bold")
            yield Padding(Text(block(content.rstrip(), 8000)), (0, 0, 0, 2), expand=False)


def _observed(did: Sequence[tuple[str, str]]) -> Text:
    """What the cell did to its notebook, in a line."""
    from rich.text import Text

    text = Text("  ")
    for index, (verb, names) in enumerate(did):
        text.append(" · " if index else "", style="dim")
        text.append(f"{verb} " if verb else "", style="dim")
        text.append(names)
    return text


def _changed(changes: Sequence[Change], more: int) -> Text:
    from rich.text import Text

    text = Text("  changed ", style="dim")
    for index, change in enumerate(changes):
        text.append(", " if index else " ", style="dim")
        text.append(change.name, style="not dim")
        if change.before is None and change.after is None:
            continue  # it says in words what changed
        if change.before is not None:
            text.append(f" {change.before} →", style="dim")
        text.append(
            f" {change.after if change.after is not None else 'gone'}", style="bold not dim"
        )
    if more:
        text.append(f", +{more} more")
    return text


def _sections(
    run: Run, history: History | None, courses: Mapping[str, str]
) -> Iterable[tuple[str, Table]]:
    if run.params:
        yield (
            "Parameters",
            _pairs(
                (visible(name, 60), visible(quantities.value(value, 400), 500))
                for name, value in run.params.items()
            ),
        )
    if run.metrics:
        yield "Metrics", _metrics(run, history, courses)
    if run.datasets:
        yield (
            "Data",
            _pairs((visible(data.name, 60), _dataset(data)) for data in run.datasets.values()),
        )
    if run.models:
        yield "Models", _pairs((visible(one.name, 60), _model(one)) for one in run.models.values())
    if run.tags:
        yield (
            "Tags",
            _pairs((visible(name, 60), visible(text, 500)) for name, text in run.tags.items()),
        )
    if run.artifacts:
        yield (
            "Artifacts",
            _pairs(
                (visible(artifact.name, 80), _artifact(artifact))
                for artifact in run.artifacts.values()
            ),
        )
    if courses_of_use := usage.courses(run.resources):
        yield "Resources", _usage(courses_of_use)
    bars, more = usage.bars(run.resources)
    if bars:
        yield f"Cells (+{more:,} shorter)" if more else "Cells", _cells(bars)
    yield "Run", _facts(facts.identity(run))
    if run.environment:
        yield "Environment", _facts(facts.environment(run, 60))


def _dataset(data: Dataset) -> str:
    source = f"from {visible(data.source, 200)}" if data.source else ""
    words = (visible(data.role, 20), shape_of(data), visible(data.kind, 40), source)
    partly = " in part" if data.partial else ""
    return "  ".join(word for word in (*words, data.digest[:12]) if word) + partly


def _model(model: FittedModel) -> str:
    changed = ", ".join(
        f"{name} {quantities.value(value, 40)}" for name, value in settings_of(model).items()
    )
    trained = f"trained on {model.train_dataset}" if model.train_dataset else ""
    took = quantities.duration(model.fit_seconds)
    told = (made_of(model), changed, trained, took and f"fitted in {took}", facts.model_size(model))
    return visible(" · ".join(each for each in told if each), 600)


def _usage(courses: Iterable[usage.Course]) -> Table:
    """The course of each resource."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(style="blue", no_wrap=True)
    grid.add_column()
    for course in courses:
        grid.add_row(Text(course.name), Text(course.text), Text(course.told))
    return grid


def _cells(bars: Iterable[usage.Bar]) -> Table:
    """What each cell cost."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", style="dim")
    grid.add_column(no_wrap=True, overflow="ellipsis", max_width=48)
    grid.add_column(style="blue", no_wrap=True)
    for _ in range(3):
        grid.add_column(justify="right", no_wrap=True)
    grid.add_row("", "", "", *(Text(name, style="dim") for name in ("time", "CPU", "memory")))
    for bar in bars:
        name = Text(bar.name)
        if bar.look:
            name = Text.assemble((f"{bar.look.mark} ", bar.look.style), bar.name)
        grid.add_row(bar.number, name, Text(bar.text), bar.time, bar.cpu, bar.memory)
    return grid


def _artifact(artifact: Artifact) -> str:
    size, digest = quantities.size(artifact.size_bytes), visible(artifact.digest[:12])
    return f"{size}  {visible(artifact.media_type, 40)}  {digest}"


def _facts(listed: Iterable[facts.Fact]) -> Table:
    return _pairs((visible(fact.name, 60), visible(fact.value, 2000)) for fact in listed)


def _pairs(rows: Iterable[tuple[str, str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(Text(name), Text(value))
    return grid


def _metrics(run: Run, history: History | None, courses: Mapping[str, str]) -> Table:
    from rich.table import Table
    from rich.text import Text

    before = history.previous.metrics if history and history.previous else {}
    best = history.best if history else {}
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim")
    for _ in range(1 + bool(before) + bool(best)):
        grid.add_column(justify="right", no_wrap=True)
    if any(courses.values()):
        grid.add_column(style="blue", no_wrap=True)
    if before or best:
        heads = ["value", *(["previous"] if before else []), *(["best before"] if best else [])]
        grid.add_row("", *(Text(head, style="dim") for head in heads))
    for name, value in run.metrics.items():
        cells = [Text(quantities.number(value, 6))]
        if before:
            cells.append(Text(quantities.number(before[name], 6) if name in before else "", "dim"))
        if best:
            cells.append(
                Text(quantities.number(best[name].value, 6) if name in best else "", "dim")
            )
        if any(courses.values()):
            cells.append(Text(courses.get(name, "")))
        grid.add_row(Text(visible(name, 60)), *cells)
    return grid
