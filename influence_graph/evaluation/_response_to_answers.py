"""Whether readers whom an author answered react to that author more often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.errors import ConfigError, DataError
from influence_graph.interactions.log import Interactions

DAY = 86_400_000_000  # microseconds
#: Groups of authors for the jackknife.
_GROUPS = 40


@dataclass(frozen=True)
class AnswerResponse:
    """How often answered readers react again, over how often unanswered ones do.

    Attributes
    ----------
    ratio : float
        Mantel–Haenszel ratio of later reactions, answered over unanswered.
    low, high : float
        Its interval; NaN where it can't be computed.
    before : float
        The same ratio of reactions *before*: above 1, closer readers are answered more often.
    readers, answered, strata : int
        Readers compared, answered ones among them, and strata.
    """

    ratio: float
    low: float
    high: float
    before: float
    readers: int
    answered: int
    strata: int


def response_to_answers(
    log: Interactions, *, within: float = 7.0, horizon: float = 180.0, confidence: float = 0.95
) -> AnswerResponse:
    """Estimate how much being answered by an author raises the reactions to that author.

    A case is a reader u who reacts to an author v in a thread, for the first time there, at time t. It counts
    as answered if v replies to an item of u in the thread up to t + ``within``. The outcome is the number of
    u's reactions to v in *other* threads in the ``horizon`` after that. Readers are compared within strata:
    the same thread and author, and the same answer to whether u had reacted to v in the horizon before t. So
    whatever the author, the topic and the moment do to all readers drops out (thread effects), and so does
    former closeness as far as that tells. What remains may still be selection: ``before`` says how different
    the two groups were.

    Parameters
    ----------
    log : Interactions
        With ``item``, ``parent`` and timestamps.
    within, horizon : float
        Days, above 0.
    confidence : float in (0, 1)
        Level of the interval, from a delete-a-group jackknife over authors on the logarithm.

    Returns
    -------
    AnswerResponse

    Raises
    ------
    DataError
        If the log has no items, parents or timestamps.
    ConfigError
        If a parameter is out of range.

    Notes
    -----
    Ratio Σ_s a_s·n0_s/n_s over Σ_s b_s·n1_s/n_s, with a and b the later reactions of the n1 answered and n0
    unanswered readers of stratum s (Mantel & Haenszel 1959; for rates Rothman 2008, ch. 15). O(r log r).

    Examples
    --------
    >>> from influence_graph.datasets.synthetic import make_log
    >>> found = response_to_answers(make_log(people=200, days=20, rng=1).interactions)
    >>> found.answered, found.ratio
    (0, nan)
    """
    for name, value in (("within", within), ("horizon", horizon)):
        if not 0 < value < np.inf:
            raise ConfigError(f"{name} is {value!r}, but it should be days, finite and above 0.")
    if not 0 < confidence < 1:
        raise ConfigError(f"confidence is {confidence!r}, but it should be between 0 and 1.")
    cases = _cases(log, within, horizon)
    strata, ratio = _ratio(cases, "later", ["thread", "author", "knew"])
    low, high = _interval(strata, confidence)
    informative = strata.filter((pl.col("n1") > 0) & (pl.col("n0") > 0))
    return AnswerResponse(
        ratio,
        low,
        high,
        _ratio(cases, "earlier", ["thread", "author"])[1],
        int((informative["n1"] + informative["n0"]).sum()),
        int(informative["n1"].sum()),
        informative.height,
    )


def threads_of(item: IntArray, parent: IntArray, items: int) -> IntArray:
    """Return the root of each item by following parents, shape (items,): O(items·log depth).

    ``item`` and ``parent`` are the codes of rows that created an item in answer to another; an item without
    such a row is its own root. A circle of parents ends at one of its items.

    Examples
    --------
    >>> threads_of(np.array([1, 2]), np.array([0, 1]), 4).tolist()
    [0, 0, 0, 3]
    """
    up = np.arange(items)
    up[item] = parent
    for _ in range(64):
        further = up[up]
        if (further == up).all():
            break
        up = further
    return up


def _cases(log: Interactions, within: float, horizon: float) -> pl.DataFrame:
    """Return one row a reader, author and thread: answered, later and earlier reactions elsewhere."""
    lacking = [name for name in ("item", "parent", "timestamp") if name not in log.columns]
    if lacking:
        raise DataError(
            f"This log has no column {lacking[0]!r}, so it does not say who answered what. "
            "Name the columns that hold items and what they answer: "
            "read_interactions(…, columns={'item': …, 'parent': …, 'timestamp': …})."
        )
    rows = (
        log.frame.filter(pl.col("parent").is_not_null() & pl.col("target").is_not_null())
        .select("source", "target", "item", "parent", time=pl.col("timestamp").dt.timestamp("us"))
        .filter(pl.col("time").is_not_null())
        .collect()
    )
    names = pl.concat([rows["item"], rows["parent"]]).drop_nulls().unique().sort()
    codes = pl.DataFrame({"name": names, "code": np.arange(len(names))})
    rows = rows.join(codes, left_on="parent", right_on="name", how="left").rename({"code": "above"})
    rows = rows.join(codes, left_on="item", right_on="name", how="left").rename({"code": "own"})
    created = rows.filter(pl.col("own").is_not_null())
    root = threads_of(created["own"].to_numpy(), created["above"].to_numpy(), len(names))
    rows = rows.with_columns(thread=pl.Series(root[rows["above"].to_numpy()])).sort("time")
    case = rows.group_by("source", "target", "thread", maintain_order=True).agg(
        pl.col("time").min().alias("start")
    )
    back = rows.select(
        pl.col("target").alias("source"), pl.col("source").alias("target"), "thread", answer="time"
    )
    first_answer = (
        case.join(back, on=["source", "target", "thread"], how="left")
        .filter(pl.col("answer").is_null() | (pl.col("answer") > pl.col("start")))
        .group_by("source", "target", "thread")
        .agg(pl.col("answer").min())
    )
    case = case.join(first_answer, on=["source", "target", "thread"], how="left")
    case = case.sort("source", "target", "start", "thread")
    margin, span = within * DAY, horizon * DAY
    answered = (pl.col("answer") <= pl.col("start") + margin).fill_null(False)
    case = case.with_columns(answered=answered)
    start = case["start"].to_numpy().astype(np.float64)
    later = _elsewhere(rows, case, start + margin, start + margin + span)
    earlier = _elsewhere(rows, case, start - span, start)
    last = rows["time"].max()
    complete = pl.col("start") + margin + span <= (0 if last is None else last)
    return case.with_columns(
        pl.Series("later", later), pl.Series("earlier", earlier), author="target"
    ).with_columns(knew=pl.col("earlier") > 0).filter(complete)  # fmt: skip


def _elsewhere(rows: pl.DataFrame, case: pl.DataFrame, after: FloatArray, upto: FloatArray) -> IntArray:
    """Return the reactions of each case's reader to its author in other threads, in (after, upto]."""
    everywhere = _within(rows, case, ["source", "target"], after, upto)
    return everywhere - _within(rows, case, ["source", "target", "thread"], after, upto)


def _within(
    rows: pl.DataFrame, case: pl.DataFrame, by: list[str], after: FloatArray, upto: FloatArray
) -> IntArray:
    groups = case.select(by).unique(maintain_order=True).with_row_index("group")
    group = case.join(groups, on=by, how="left", maintain_order="left")["group"].to_numpy().astype(np.int64)
    inside = rows.join(groups, on=by, how="inner").sort("group", "time")
    # One sorted sequence of whole numbers: group, then the rank of the time among all times.
    time = inside["time"].to_numpy()
    times = np.unique(time)
    line = inside["group"].to_numpy().astype(np.int64) * (len(times) + 1) + np.searchsorted(times, time)
    low, high = (
        np.searchsorted(line, group * (len(times) + 1) + np.searchsorted(times, moment, side="right"))
        for moment in (after, upto)
    )
    return np.asarray(high - low, dtype=np.int64)


def _ratio(cases: pl.DataFrame, outcome: str, by: list[str]) -> tuple[pl.DataFrame, float]:
    strata = cases.group_by(by).agg(
        n1=pl.col("answered").sum(),
        n0=(~pl.col("answered")).sum(),
        a=pl.col(outcome).filter(pl.col("answered")).sum(),
        b=pl.col(outcome).filter(~pl.col("answered")).sum(),
    )
    whole = pl.col("n1") + pl.col("n0")
    strata = strata.with_columns(
        up=pl.col("a") * pl.col("n0") / whole, down=pl.col("b") * pl.col("n1") / whole
    ).sort(by)
    return strata, _divided(float(strata["up"].sum()), float(strata["down"].sum()))


def _divided(up: float, down: float) -> float:
    return up / down if down > 0 else float("nan")


def _interval(strata: pl.DataFrame, confidence: float) -> tuple[float, float]:
    from scipy.stats import t

    authors = strata.select("author").unique().sort("author").with_row_index("number")
    groups = min(_GROUPS, authors.height)
    if groups < 2:
        return float("nan"), float("nan")
    number = strata.join(authors, on="author", how="left", maintain_order="left")["number"].to_numpy()
    up = np.bincount(number % groups, strata["up"].to_numpy(), minlength=groups)
    down = np.bincount(number % groups, strata["down"].to_numpy(), minlength=groups)
    left_up, left_down = up.sum() - up, down.sum() - down
    if not (left_up > 0).all() or not (left_down > 0).all():
        return float("nan"), float("nan")
    logs = np.log(left_up / left_down)
    error = np.sqrt((groups - 1) / groups * ((logs - logs.mean()) ** 2).sum())
    reach = float(t.ppf((1 + confidence) / 2, groups - 1)) * error
    centre = np.log(up.sum() / down.sum())
    return float(np.exp(centre - reach)), float(np.exp(centre + reach))
