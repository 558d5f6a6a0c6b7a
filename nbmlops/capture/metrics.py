"""Which way a metric improves, by its name."""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["better"]

_LOWER = re.compile(
    r"(?i)(?:^|[^a-z])(?:loss|error|err|mse|rmse|mae|mape|smape|msle|rmsle|logloss|brier|perplexity"
    r"|ppl|wer|cer|fid|deviance|nll|bic|aic|ece|fpr|fnr|hinge|regret|cost|latency|time|seconds"
    r"|duration|bytes|misclassified)(?:$|[^a-z])"
)
_HIGHER = re.compile(
    r"(?i)(?:^|[^a-z])(?:auc|roc|auroc|auprc|acc|accuracy|precision|recall|f1|f2|fbeta|r2|score|map"
    r"|ap|ndcg|mrr|bleu|rouge|iou|dice|jaccard|kappa|mcc|tpr|tnr|sensitivity|specificity|reward"
    r"|gain|lift|ks|gini|silhouette|explained|variance|hit|correlation|corr|throughput)(?:$|[^a-z])"
)


def better(name: str) -> Literal["higher", "lower"] | None:
    """Whether "higher" or "lower" values of a metric are better, by its name; None if unclear.

    >>> better("val/auc"), better("log_loss"), better("neg_log_loss"), better("n_rows")
    ('higher', 'lower', 'higher', None)
    """
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", name)
    words = (
        re.sub(r"(?<=[a-zA-Z])(?=\d+$)", "_", words)
        if not re.search(r"(?i)[fr]\d$", words)
        else words
    )
    negated = re.match(r"(?i)neg(?:ative)?[^a-z]", words)
    if _LOWER.search(words):
        return "higher" if negated else "lower"
    if _HIGHER.search(words):
        return "lower" if negated else "higher"
    return None
