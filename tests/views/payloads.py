"""What hostile or careless text may stand in a run, and every place in a run where text can stand."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import replace

from sample_runs import ENVIRONMENT, GIT, HISTORY, SERIES, run

from nbmlops.records import Artifact, Best, Cell, Failure, History, Output, Run, RunWarning, Status

PAYLOADS: dict[str, str] = {
    "script": "<script>alert(1)</script>",
    "img": "<img src=x onerror=alert(2)>",
    "svg": "<svg onload=alert(3)>",
    "command linker": '"><a data-commandlinker-command="terminal:create-new">x',
    "single quotes": "' onmouseover='alert(4)' x='",
    "javascript link": "javascript:alert(5)",
    "data link": "data:text/html,<script>alert(6)</script>",
    "vbscript link": "vbscript:msgbox(7)",
    "markdown": "[x](javascript:alert(8)) ![](http://127.0.0.1:9/t.png)",
    "templates": "{{7*7}} ${7*7} %s%n {0.__class__} #{7*7}",
    "end of script": "</script></style></pre></details>]]>-->",
    "separators": "a\u2028b\u2029c",
    "ansi": "\x1b[31mred\x1b[0m\x1b]0;title\x07\x1b]52;c;aGk=\x07",
    "control": "a\rb\x07c\x00d\x7fe\x9bf",
    "bidi": "a\u202egnp.exe\u202c\u2066b\u2069",
    "invisible": "a\u200bb\ufeffc\u00add\U000e0041",
    "surrogate": "a\ud800b",
    "entities": "&lt;b&gt; &#60;i&#62; &amp;",
    "math": "$\\href{javascript:alert(9)}{x}$ \\(y\\) $$z$$",
    "style": "</style><style>*{display:none}</style>",
    "css": "x;background:url(http://127.0.0.1:9/c);position:fixed",
    "rich markup": "[red]x[/red] [link=http://127.0.0.1:9]y[/link] [bold",
    "formula": "=HYPERLINK(A1)",
    "lines": "first\nsecond\ttab",
}

Place = Callable[[str], tuple[Run, History | None]]


def _of(**changed: object) -> tuple[Run, History | None]:
    return run(**changed), HISTORY


def _artifact(**changed: str) -> tuple[Run, History | None]:
    artifact = replace(Artifact("model.skops", "ab" * 32, 10, "application/x", "model"), **changed)
    return _of(artifacts={artifact.name: artifact})


CELL = Cell("x = 1", "ab" * 32, "cell-1", "a.ipynb", "a.ipynb", 3)
FAILURE = Failure("ValueError", "no", "Traceback")

PLACES: dict[str, Place] = {
    "id": lambda text: _of(id=text),
    "name": lambda text: _of(name=text),
    "experiment": lambda text: _of(experiment=text),
    "kind": lambda text: _of(kind=text),
    "parent id": lambda text: _of(parent_id=text),
    "param name": lambda text: _of(params={text: 1}),
    "param value": lambda text: _of(params={"p": text}),
    "nested param": lambda text: _of(params={"p": {text: [text, {"k": text}]}}),
    "param source": lambda text: _of(params={"p": 1}, param_sources={"p": text}),
    "metric name": lambda text: _of(metrics={text: 0.5}),
    "metric source": lambda text: _of(metrics={"auc": 0.5}, metric_sources={"auc": text}),
    "tag name": lambda text: _of(tags={text: "v"}),
    "tag value": lambda text: _of(tags={"t": text}),
    "note": lambda text: _of(note=text),
    "artifact name": lambda text: _artifact(name=text),
    "artifact media type": lambda text: _artifact(media_type=text),
    "artifact digest": lambda text: _artifact(digest=text),
    "source": lambda text: _of(cell=replace(CELL, source=text)),
    "cell id": lambda text: _of(cell=replace(CELL, cell_id=text)),
    "notebook path": lambda text: _of(cell=replace(CELL, notebook_path=text)),
    "notebook name": lambda text: _of(cell=replace(CELL, notebook_path=None, notebook_name=text)),
    "python": lambda text: _of(environment=replace(ENVIRONMENT, python=text)),
    "platform": lambda text: _of(environment=replace(ENVIRONMENT, platform=text)),
    "package name": lambda text: _of(environment=replace(ENVIRONMENT, packages={text: "1"})),
    "package version": lambda text: _of(environment=replace(ENVIRONMENT, packages={"p": text})),
    "variable name": lambda text: _of(environment=replace(ENVIRONMENT, variables={text: "1"})),
    "variable value": lambda text: _of(environment=replace(ENVIRONMENT, variables={"V": text})),
    "git commit": lambda text: _of(git=replace(GIT, commit=text)),
    "git branch": lambda text: _of(git=replace(GIT, branch=text)),
    "git remote": lambda text: _of(git=replace(GIT, remote=text)),
    "git diff": lambda text: _of(git=replace(GIT, diff=text)),
    "error type": lambda text: _of(status=Status.FAILED, error=replace(FAILURE, type=text)),
    "error message": lambda text: _of(status=Status.FAILED, error=replace(FAILURE, message=text)),
    "traceback": lambda text: _of(status=Status.FAILED, error=replace(FAILURE, traceback=text)),
    "reason": lambda text: _of(status=Status.LOST, reason=text),
    "output name": lambda text: _of(outputs={text: Output("o", "", 1)}),
    "output head": lambda text: _of(outputs={"stdout": Output(text, "", 1)}),
    "output tail": lambda text: _of(outputs={"stdout": Output("o", text, 10**6)}),
    "warning code": lambda text: _of(warnings=(RunWarning(text, "m"),)),
    "warning message": lambda text: _of(warnings=(RunWarning("c", text),)),
    "user": lambda text: _of(user=text),
    "host": lambda text: _of(host=text),
    "previous name": lambda text: (run(), replace(HISTORY, previous=run(name=text))),
    "previous param": lambda text: (run(), replace(HISTORY, previous=run(params={text: text}))),
    "best run": lambda text: (run(), replace(HISTORY, best={"auc": Best(0.99, "b", text)})),
}


def everywhere(text: str) -> tuple[Run, History | None]:
    """One run in which the text stands in all places at once."""
    values: dict[str, object] = {}
    for place in PLACES.values():
        made, _ = place(text)
        usual = run()
        for field in dataclasses.fields(Run):
            if getattr(made, field.name) != getattr(usual, field.name):
                values[field.name] = getattr(made, field.name)
    values |= {"params": {text: text}, "tags": {text: text}, "metrics": {text: 0.5, "auc": 0.6}}
    values |= {"status": Status.FAILED, "error": Failure(text, text, text), "reason": text}
    previous = run(name=text, params={text: 1, text + "2": text}, metrics={text: 0.4})
    return run(**values), History(previous, {"auc": Best(0.9, "b", text)}, 3)


def series_of(text: str) -> dict[str, list[object]]:
    """Points of a metric of this name."""
    return {text: list(SERIES["val/loss"])}
