"""Why a run differs from the first one: data, parameter, code, library, seed, in this order.

It is the order of proof: what stands first leaves the least doubt. That something differs is
certain where whole records say so; whether it is the cause can only be told where nothing else
differs, and the verdict says which of both it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbmlops.comparison import reads
from nbmlops.comparison.records import (
    CodeVariant,
    DatasetRow,
    EnvironmentRows,
    Explanation,
    GitChange,
    MetricRow,
    ModelRow,
    ParamRow,
    Reason,
    SeedChange,
    ValueChange,
)
from nbmlops.comparison.values import is_seed, same
from nbmlops.headline import is_cost
from nbmlops.records import ParamValue, Run, Status
from nbmlops.wording import rounded

__all__ = ["Parts", "explain"]

_ROLES = {"train": "training data", "test": "test data", "read": "data that were read"}
_PLURALS = {"data": "data", "parameter": "parameters", "code": "code", "library": "libraries"}


class Parts:
    """What was compared, as far as reasons are looked for in it."""

    def __init__(
        self,
        *,
        params: Sequence[ParamRow],
        metrics: Sequence[MetricRow],
        code: Sequence[CodeVariant],
        data: Sequence[DatasetRow],
        models: Sequence[ModelRow],
        environment: EnvironmentRows,
        git: Mapping[str, GitChange],
        seeds: Mapping[str, SeedChange],
    ) -> None:
        self.params, self.metrics, self.code = params, metrics, code
        self.data, self.models = data, models
        self.environment, self.git, self.seeds = environment, git, seeds
        self.variants = {key: variant for variant in code for key in variant.run_ids}


def explain(first: Run, run: Run, parts: Parts) -> Explanation:
    """The reasons for which `run` may differ from `first`, and what they amount to."""
    is_whole = all(each.status in _COMPLETE for each in (first, run))
    values = _parameters(first, run, parts, is_whole=is_whole)
    seeds = _seed(run, parts, is_whole=is_whole)
    code = _code(run, parts, told=bool(values or seeds))
    data = _data(run, parts, is_whole=is_whole)
    reasons = (*data, *values, *code, *_library(first, run, parts), *seeds)
    gaps = _gaps(first, run, parts)
    unread = reads.not_compared(first, run) if is_whole else ()
    beside = reads.told(unread) if unread else ""
    verdict = _verdict(first, run, parts, reasons, gaps, beside)
    if unread:
        reasons += (Reason("data", beside, unread, "possible"),)
    return Explanation(run.id, verdict, reasons, gaps)


def _data(run: Run, parts: Parts, *, is_whole: bool) -> list[Reason]:
    """What of the data differs; what a run that stopped early lacks, it may not have reached."""
    alike: dict[tuple[str, tuple[str, ...]], list[DatasetRow]] = {}
    for row in parts.data:
        change = row.changes[run.id]
        if change.state == "missing" and not is_whole:
            continue
        # What was made or changed is an effect, no cause.
        if change.state != "same" and row.role not in ("made", "changed"):
            alike.setdefault((change.state, change.says), []).append(row)
    found = []
    for (state, says), rows in alike.items():  # a change before a split is in all of its parts
        what = " and the ".join(f"{_role(row)} {row.name!r}" for row in rows[:3])
        what += f" and {len(rows) - 3} more" if len(rows) > 3 else ""
        if state == "differs":
            found.append(Reason("data", f"the {what} differ: {says[0]}", says))
        elif state == "unsure":
            found.append(Reason("data", f"the {what} may differ: {says[0]}", says, "possible"))
        else:
            once = f"the {what} were recorded in one of the two only"
            found.append(Reason("data", once, says, "possible"))
    for model in parts.models:
        changed = model.changes[run.id]
        features = [f"+{name}" for name in changed.features_added]
        features += [f"−{name}" for name in changed.features_removed]
        if features:
            learned = f"the model {model.name!r} learned from other features: {_some(features)}"
            found.append(Reason("data", learned, tuple(features)))
        elif changed.is_other_order:
            learned = f"the model {model.name!r} learned from the features in another order"
            found.append(Reason("data", learned))
    return found


def _role(row: DatasetRow) -> str:
    return _ROLES.get(row.role, f"{row.role} data")


def _parameters(first: Run, run: Run, parts: Parts, *, is_whole: bool) -> list[Reason]:
    differing = [row for row in parts.params if _differs(row, first, run)]
    told = [
        _arrow(row, first, run)
        for row in differing
        if not is_seed(row.name) and (is_whole or {first.id, run.id} <= row.values.keys())
    ]
    known = {row.name.rpartition(".")[2] for row in differing}
    for model in parts.models:
        told += [
            f"{model.name}.{_changed(one)}"
            for one in model.changes[run.id].params
            if not is_seed(one.name) and one.name not in known
        ]
    if not told:
        return []
    return [Reason("parameter", _some(told), tuple(told))]


def _differs(row: ParamRow, first: Run, run: Run) -> bool:
    if (first.id in row.values) is not (run.id in row.values):
        return True
    return first.id in row.values and not same(row.values[first.id], row.values[run.id])


def _arrow(row: ParamRow, first: Run, run: Run) -> str:
    if first.id not in row.values:
        return f"{row.name} {_shown(row.values[run.id])} is new"
    before = row.values[first.id]
    if run.id not in row.values:
        return f"{row.name} (was {_shown(before)}) is gone"
    return _from_to(row.name, before, row.values[run.id])


def _changed(change: ValueChange) -> str:
    if change.state == "added":
        return f"{change.name} {_shown(change.after)} is new"
    if change.state == "removed":
        return f"{change.name} (was {_shown(change.before)}) is gone"
    return _from_to(change.name, change.before, change.after)


def _from_to(name: str, before: ParamValue, after: ParamValue) -> str:
    if _shown(before) == _shown(after):  # as 8 and '8' are, or 0.3 and 0.30000000000000004
        return f"{name} {before!r} → {after!r}"[:200]
    return f"{name} {_shown(before)} → {_shown(after)}"


def _shown(value: ParamValue) -> str:
    if isinstance(value, int) and value.bit_length() > 1000:
        return "a very long integer"
    text = str(rounded(value))
    return text if len(text) <= 60 else f"{text[:59]}…"


def _code(run: Run, parts: Parts, *, told: bool) -> list[Reason]:
    """What of the code differs; `told` where a parameter says what differs in it."""
    found = []
    variant = parts.variants.get(run.id)
    if variant is not None and variant.state == "differs":
        count = _count(variant)
        found.append(Reason("code", f"the code differs: {count}", (count,)))
    elif variant is not None and variant.state == "parameters" and not told:
        says = "the code differs in a value that was replaced before the run ended"
        found.append(Reason("code", says, sure="possible"))
    for model in parts.models:
        change = model.changes[run.id]
        if change.state == "differs" and change.class_before != change.class_after:
            classes = f"{change.class_before} → {change.class_after}"
            says = f"the model {model.name!r} is another: {classes}"
            found.append(Reason("code", says, (classes,)))
    git = parts.git.get(run.id)
    if git is not None and git.state == "differs":
        found += _repository(git)
    return found


def _count(variant: CodeVariant) -> str:
    if not (variant.added or variant.removed):
        return "too long to compare line by line"
    added = f"{variant.added or 'no'} line{'' if variant.added == 1 else 's'} added"
    return f"{added}, {variant.removed or 'none'} removed"


def _repository(git: GitChange) -> list[Reason]:
    if git.commit_before != git.commit_after:
        told = f"{_commit(git.commit_before)} → {_commit(git.commit_after)}"
        says = f"another commit ({told}): code outside of the cell may differ"
        return [Reason("code", says, (told,), "possible")]
    if git.is_other_diff:
        files = [name for name in git.files if not name.endswith(".ipynb")]
        if git.files and not files:  # notebooks change whenever they are saved
            return []
        where = f" in {_some(files)}" if files else ""
        says = f"uncommitted changes differ{where}: code outside of the cell may differ"
        return [Reason("code", says, tuple(files), "possible")]
    return []


def _commit(commit: str | None) -> str:
    return commit[:7] if commit else "no commit"


def _library(first: Run, run: Run, parts: Parts) -> list[Reason]:
    if {first.id, run.id} & set(parts.environment.missing):
        return []
    versions, others = [], []
    for row in parts.environment.rows:
        before, after = row.versions.get(first.id), row.versions.get(run.id)
        if before == after:
            continue
        told = f"{row.name} {_clipped(before or 'not set')} → {_clipped(after or 'not set')}"
        if row.kind == "variable" or row.name == "platform":
            others.append(told)
        elif before is not None and after is not None:
            # A package that only one of them imported is no cause by itself: code would differ.
            versions.append(told)
    found = []
    if versions:
        found.append(Reason("library", _some(versions), tuple(versions)))
    if others:
        says = f"another machine or other settings: {_some(others)}"
        found.append(Reason("library", says, tuple(others), "possible"))
    return found


def _clipped(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _seed(run: Run, parts: Parts, *, is_whole: bool) -> list[Reason]:
    change = parts.seeds[run.id]
    found = []
    if seeds := [one for one in change.seeds if is_whole or one.state == "changed"]:
        told = tuple(map(_changed, seeds))
        found.append(Reason("seed", _some(told), told))
    if change.moved:
        says = f"{_some(change.moved)} began in another state: other random numbers were drawn"
        found.append(Reason("seed", says, change.moved))
    if change.unseeded:
        says = f"random numbers without a seed: {_some(change.unseeded)}"
        found.append(Reason("seed", says, change.unseeded, "possible"))
    return found


def _gaps(first: Run, run: Run, parts: Parts) -> tuple[str, ...]:
    """What nobody recorded, in words that follow "not recorded: "."""
    variant = parts.variants.get(run.id)
    gaps = []
    if not parts.data:
        gaps.append("data")
    if variant is None or variant.state == "missing":
        gaps.append("code")
    if {first.id, run.id} & set(parts.environment.missing):
        gaps.append("environment")
    return tuple(gaps)


def _verdict(
    first: Run,
    run: Run,
    parts: Parts,
    reasons: Sequence[Reason],
    gaps: Sequence[str],
    beside: str,
) -> str:
    """What the reasons amount to, given whether the metrics differ, and who has some alone.

    `beside` tells what was read and could not be compared.
    """
    unfinished = [each for each in (first, run) if each.status not in _COMPLETE]
    if unfinished:
        told = " and ".join(
            f"{'this' if each is run else repr(each.name)} is {_STANDS[each.status]}"
            for each in unfinished
        )
        return f"{told[0].upper()}{told[1:]}: what is not there may not have been reached."
    metrics = _metrics(first, run, parts.metrics)
    certain = [reason for reason in reasons if reason.sure == "certain"]
    things = sum(len(reason.evidence) if reason.kind == "parameter" else 1 for reason in certain)
    alone = _alone(first, run, parts.metrics)
    subject = "The metrics that both have" if alone else "The metrics"
    if metrics == "same":
        return _equal(subject, reasons, certain, things, beside) + alone
    outcome = {"rounding": "in their last digits", "differ": ""}.get(metrics)
    if outcome is None:
        what = f" {_kinds(reasons)}" if reasons else ""
        return f"They have no metric in common.{what}{alone}"
    told = f"{subject} differ {outcome}".strip()
    return _differing(run, parts, told, reasons, certain, things, gaps, beside) + alone


def _differing(
    run: Run,
    parts: Parts,
    told: str,
    reasons: Sequence[Reason],
    certain: Sequence[Reason],
    things: int,
    gaps: Sequence[str],
    beside: str,
) -> str:
    """What the reasons amount to where the metrics differ, which `told` says."""
    if not reasons:
        return f"{told} though nothing recorded does{_suspicion(run, parts, gaps, beside)}."
    if not certain and all(reason.kind == "seed" for reason in reasons):
        return f"{told}, probably by random numbers without a seed; nothing else recorded does."
    if not certain:
        return f"{told}; nothing certainly differs that would say why."
    if things == 1:
        others = len(reasons) - len(certain) + bool(beside)
        unless = "" if not others else " that is certain"
        return f"{told}, and there is one recorded difference{unless}: {certain[0].says}."
    kinds = _listed(certain)
    if kinds == "data, code":
        return f"{told}, and so do data and code: what the code did to the data may be the reason."
    many = f"{things} {kinds}" if kinds == "parameters" else f"{things} things"
    what = "" if kinds == "parameters" else f" ({kinds})"
    return f"{told}, and {many} differ at once{what}, so their effects cannot be told apart."


_COMPLETE = (Status.SUCCEEDED, Status.REUSED)
_STANDS = {
    Status.PENDING: "waiting",
    Status.RUNNING: "still running",
    Status.FAILED: "a failed run",
    Status.CANCELLED: "a cancelled run",
    Status.LOST: "a lost run",
}


def _equal(
    subject: str, reasons: Sequence[Reason], certain: Sequence[Reason], things: int, beside: str
) -> str:
    if not reasons:
        if beside:
            return f"{subject} are equal and nothing recorded differs, but {beside}."
        if subject != "The metrics":
            return f"{subject} are equal, and nothing else that was recorded differs."
        return "Nothing recorded differs and the metrics are equal: an identical attempt."
    if not things:
        return f"{subject} are equal, and nothing certainly differs."
    noun = "one recorded difference" if things == 1 else f"{things} recorded differences"
    return f"{subject} are equal in spite of {noun} ({_listed(certain)})."


def _alone(first: Run, run: Run, rows: Sequence[MetricRow]) -> str:
    """A sentence on the metrics that only one of the two has; '' where there are none."""
    told = []
    for who, has, lacks in (("this run", run, first), (repr(first.name), first, run)):
        names = [
            row.name
            for row in rows
            if has.id in row.values and lacks.id not in row.values and not is_cost(row.name)
        ]
        if names:
            told.append(f"only {who} has {_some(names)}")
    said = ", and ".join(told)
    return f" {said[0].upper()}{said[1:]}." if said else ""


def _metrics(first: Run, run: Run, rows: Sequence[MetricRow]) -> str:
    """Whether the metrics of both are the "same", differ in "rounding" or "differ"; or "none"."""
    both = [
        row.changes[run.id].verdict
        for row in rows
        if run.id in row.changes and not is_cost(row.name)
    ]
    if not both:
        return "none"
    if all(verdict == "same" for verdict in both):
        return "same"
    return "rounding" if all(one in ("same", "rounding") for one in both) else "differ"


def _suspicion(run: Run, parts: Parts, gaps: Sequence[str], beside: str) -> str:
    if beside:
        return f", but {beside}"
    if gaps:
        return f", but {' and '.join(gaps)} were not recorded"
    if parts.seeds[run.id].state == "missing":
        return ": probably random numbers without a seed"
    return ": look at what the code reads from outside, and at threads"


def _kinds(reasons: Sequence[Reason]) -> str:
    return f"What differs: {_listed(reasons)}."


def _listed(reasons: Sequence[Reason]) -> str:
    return ", ".join(dict.fromkeys(_PLURALS.get(reason.kind, reason.kind) for reason in reasons))


def _some(told: Sequence[str], most: int = 3) -> str:
    more = f" and {len(told) - most} more" if len(told) > most else ""
    return ", ".join(told[:most]) + more
