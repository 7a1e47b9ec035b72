"""Do scores agree with what people and outcomes say of who is influential? (claims 1 and 10)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import polars as pl
from annotated_types import Ge, Interval

from influence_graph.datasets import dataset_names, fetch_dataset, is_local, load_pairs
from influence_graph.errors import ConfigError, DataError
from influence_graph.evaluation._membership import activity_and_tenure, membership
from influence_graph.evaluation.effects import effects_frame
from influence_graph.evaluation.item_outcomes import added_accuracy
from influence_graph.evaluation.judgements import LEARNED, judged_pairs
from influence_graph.evaluation.origins import auto_horizon
from influence_graph.experiment._template import Cell, Tables, template
from influence_graph.experiment.log_cache import LogCache
from influence_graph.experiment.plan import GraphSetting, Plan, Source
from influence_graph.experiment.scoring_cells import plain_methods, score_all
from influence_graph.graph.build import build_graph
from influence_graph.graph.graph import InfluenceGraph
from influence_graph.interactions.log import Interactions
from influence_graph.networks.pairs import read_pairs

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Fewer members than this say nothing.
_FEWEST = 5
_TEXT, _FLOAT = pl.String(), pl.Float64()
_JUDGEMENT = {
    "data": _TEXT, "graph": _TEXT, "asked": _TEXT, "among": _TEXT, "what": _TEXT, "measure": _TEXT,
    "value": _FLOAT, "low": _FLOAT, "high": _FLOAT, "level": _FLOAT, "people": pl.Int64(),
    "members": pl.Int64(),
}  # fmt: skip
_NOTES = {"data": _TEXT, "note": _TEXT}


def draw_judgement(tables: Tables, **options: Any) -> Mapping[str, Figure]:
    """Draw the accuracy on judged pairs, the ranks of members, and what scores add to the controls."""
    from influence_graph.report.judgement_figures import judgement as figure

    return {"judgement": figure(tables["judgement"])} if tables["judgement"].height else {}


@template("judgement", version=1, figures=draw_judgement)
def judgement(
    plan: Plan,
    *,
    pairs: str = "peerindex",
    outcome: str = "views",
    controls: tuple[str, ...] = ("followers",),
    draws: Annotated[int, Ge(4)] = 40,
    confidence: Annotated[float, Interval(gt=0, lt=1)] = 0.95,
) -> Sequence[Cell]:
    """Hold scores against human judgement, membership of a group, and the outcome of items.

    Three questions, each asked of the data that can answer it; a table ``notes`` says what was not asked of
    which log, and why.

    Parameters
    ----------
    plan : Plan
        Logs, and methods. Of a log with a file of people, each column of it that is true or false is a group
        whose members are to be told from others (who is not in the file is no member). Of a log with
        ``items.parquet`` or ``items.csv`` beside it (columns ``item``, ``author``, the outcome and the
        controls), scores of the rows before the middle of its items are held against the items after.
    pairs : str
        A data set of labelled pairs, or a CSV of such for
        :func:`~influence_graph.networks.pairs.read_pairs`; "none": no pairs.
    outcome : str
        The column of items to be predicted, as ln(1 + x).
    controls : list of str
        Columns of items that are known anyway; ln(1 + x) and its square are taken out first.
    draws : int
        Folds of people left out in turn for the intervals (a jackknife).
    confidence : float in (0, 1)
        Confidence level.

    Returns
    -------
    list of Cell
        Tables ``judgement``, ``effects`` and ``notes``.
    """
    options = {"draws": draws, "confidence": confidence}
    cells = [_pairs_cell(plan, pairs, options)]
    for source in plan.sources:
        for graph in plan.graphs[source.label]:
            label = " · ".join(part for part in (source.label, graph.label, "members") if part)
            where = {"source": source, "graph": graph.label, "parameters": graph.parameters}
            where |= {"methods": plain_methods(plan), "options": options}
            cells.append(Cell(judge_people, 3, where, label, seed=plan.seed))
            cells.append(
                _items_cell(plan, source, graph, options | {"outcome": outcome, "controls": controls})
            )
    return cells


def _pairs_cell(plan: Plan, pairs: str, options: Mapping[str, Any]) -> Cell:
    label = "PeerIndex" if pairs == "peerindex" else Path(pairs).name.split(".")[0]
    reason, digest = "", ""
    if pairs == "none":
        reason = "no labelled pairs were asked for: pairs is none"
    elif pairs in dataset_names("pairs"):
        if is_local(pairs):
            digest = _digest(fetch_dataset(pairs)[0])
        else:
            reason = (
                f"the pairs of the data set {pairs!r} are not at hand: influence-graph datasets show {pairs}"
            )
    elif Path(pairs).is_file():
        digest = _digest(Path(pairs))
    else:
        raise ConfigError(
            f"'pairs' is {pairs!r}, but it should be a CSV of labelled pairs, \"none\", or one of "
            f"{', '.join(dataset_names('pairs'))}."
        )
    where = {"label": label, "pairs": pairs if digest else "", "digest": digest, "reason": reason}
    return Cell(judge_pairs, 1, {**where, "options": options}, f"{label} · pairs", seed=plan.seed)


def _items_cell(plan: Plan, source: Source, graph: GraphSetting, options: Mapping[str, Any]) -> Cell:
    beside = [] if source.log is None else [
        path for path in (Path(source.log).parent / name for name in ("items.parquet", "items.csv"))
        if path.is_file()
    ]  # fmt: skip
    items = str(beside[0]) if beside else ""
    where = {
        "source": source,
        "graph": graph.label,
        "parameters": graph.parameters,
        "items": Path(items).name,
        "digest": _digest(Path(items)) if items else "",
        "methods": plain_methods(plan),
    }
    label = " · ".join(part for part in (source.label, graph.label, "items") if part)
    return Cell(judge_items, 3, {**where, "options": options}, label, seed=plan.seed)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def judge_pairs(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    label: str,
    pairs: str,
    digest: str,
    reason: str,
    options: Mapping[str, Any],
) -> Tables:
    """Measure how often features choose as judges do: the task of a cell."""
    if not pairs:
        return _tables([], [], [(label, reason)])
    read = read_pairs(load_pairs(pairs) if pairs in dataset_names("pairs") else pairs)
    found = judged_pairs(read, groups=options["draws"], confidence=options["confidence"], rng=rng)
    where = {"data": label, "graph": "", "level": options["confidence"], "people": found.people}
    rows: list[dict[str, Any]] = []
    effects: list[dict[str, Any]] = []
    for row in found.accuracy.iter_rows(named=True):
        value = {"value": row["accuracy"], "low": row["low"], "high": row["high"], "measure": "accuracy"}
        rows.append({**where, **value, "asked": "judged pairs", "among": "", "what": row["model"]})
        effects.append({**where, **value, "contrast": row["model"]})
        against = {"value": row["above_judge"], "low": row["above_low"], "high": row["above_high"]}
        effects.append(
            {**where, **against, "measure": "accuracy", "contrast": f"{row['model']} - a second judge"}
        )
    single = found.accuracy.filter(pl.col("model").is_in(read.features)).row(0, named=True)
    best = {"value": single["below_learned"], "low": single["below_low"], "high": single["below_high"]}
    effects.append(
        {**where, **best, "measure": "accuracy", "contrast": f"{LEARNED} - the best single feature"}
    )
    for row in found.ceiling.iter_rows(named=True):
        value = {"value": row["accuracy"], "low": row["low"], "high": row["high"], "measure": "accuracy"}
        rows.append({**where, **value, "asked": "judged pairs", "among": "", "what": row["bound"]})
    return _tables(rows, effects, [])


def judge_people(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: str,
    parameters: Mapping[str, Any],
    methods: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
) -> Tables:
    """Measure how scores rank the members of groups: the task of a cell."""
    notes: list[tuple[str, str]] = []
    people = source.people_frame() if source.people is not None else pl.DataFrame({"person": []})
    groups = [name for name, kind in people.schema.items() if kind == pl.Boolean]
    if not groups:
        why = "no file of people" if source.people is None else "a file of people without a true/false column"
        return _tables(
            [], [], [(source.label, f"members of a group were not asked about: the log has {why}")]
        )
    built = logs.graph(source, parameters)
    scores, failed = score_all(built, methods, rng.spawn(1)[0])
    notes += [(source.label, why) for why in failed]
    if not scores:
        return _tables([], [], notes)
    activity, tenure = activity_and_tenure(logs.log(source), built.ids)
    controls = [activity] if tenure is None else [activity, tenure]
    if tenure is None:
        notes.append((source.label, "the log has no timestamps: members are compared at equal activity only"))
    among = {"everybody": np.ones(built.n, dtype=bool)}
    if tenure is not None:
        among["active"] = _active(logs.log(source), built)
    made: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]] = []
    for number, (group, stream) in enumerate(zip(groups, rng.spawn(len(groups)), strict=True)):
        inside = built.ids.cast(pl.String).is_in(people.filter(group)["person"].implode()).to_numpy()
        for name, who in among.items():
            members, compared = int((inside & who).sum()), int(who.sum())
            if members < _FEWEST or compared - members < _FEWEST:
                told = f"{group}, {name}: {members} members of {compared:,} people are too few"
                notes.append((source.label, told))
                continue
            found = membership(
                scores, built, inside, among=who, controls=controls, folds=options["draws"],
                confidence=options["confidence"], rng=stream,
            )  # fmt: skip
            where = {"data": source.label, "graph": graph, "among": name, "level": options["confidence"],
                     "people": compared}  # fmt: skip
            made.append(_of_members(found, where, group, members, "" if number == 0 else f" of {group}"))
            pairs = found.filter(measure="C within strata")["pairs"][0]
            notes.append((source.label, f"{group}, {name}: {pairs:,} pairs of a member and somebody as active"
                          + ("" if tenure is None else " and as long there")))  # fmt: skip
    return _tables(
        [row for rows, _ in made for row in rows], [one for _, more in made for one in more], notes
    )


def _of_members(
    found: pl.DataFrame, where: Mapping[str, Any], group: str, members: int, suffix: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows and the effects of one group among some people."""
    rows, effects = [], []
    first = found["method"][0]
    for row in found.iter_rows(named=True):
        value = {**where, "value": row["value"], "low": row["low"], "high": row["high"]}
        measure = f"{row['measure']} of members{suffix}"
        rows.append({**value, "asked": group, "what": row["method"], "measure": row["measure"],
                     "members": members})  # fmt: skip
        effects.append({**value, "contrast": row["method"], "measure": measure})
        above = {"value": row["above_first"], "low": row["above_low"], "high": row["above_high"]}
        if row["method"] != first:
            effects.append({**where, **above, "contrast": f"{row['method']} - {first}", "measure": measure})
    return rows, effects


def _active(log: Interactions, graph: InfluenceGraph) -> Any:
    """Return who is a source in the last period of the log: a year, or an eighth of a short one."""
    frame = log.frame
    if log.span is not None and log.span[0] < log.span[1]:
        frame = frame.filter(pl.col("timestamp") > log.span[1] - auto_horizon(log))
    sources = frame.select("source").unique().collect(engine="streaming")["source"]
    return graph.ids.is_in(sources.implode()).to_numpy()


def judge_items(
    *,
    rng: np.random.Generator,
    needs: Sequence[Tables],
    logs: LogCache,
    source: Source,
    graph: str,
    parameters: Mapping[str, Any],
    items: str,
    digest: str,
    methods: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
) -> Tables:
    """Measure what scores of the past add to what is known of an item's author: the task of a cell."""
    log = logs.log(source)
    outcome, controls = options["outcome"], list(options["controls"])
    if not items or not log.has_timestamps or "item" not in log.columns:
        why = (
            "there is no items.parquet beside it" if not items else "its rows have no timestamps or no items"
        )
        return _tables([], [], [(source.label, f"outcomes of items were not asked about: {why}")])
    path = Path(source.log or "").parent / items
    table = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
    missing = [name for name in ("item", "author", outcome, *controls) if name not in table.columns]
    if missing:
        told = f"outcomes of items were not asked about: {items} has no column {missing[0]!r}"
        return _tables([], [], [(source.label, told)])
    known = table.select("item", "author", outcome, *controls).drop_nulls().unique("item", keep="none")
    sent = log.frame.filter(pl.col("item").is_not_null()).group_by("item").agg(pl.col("timestamp").min())
    dated = known.join(sent.collect(engine="streaming"), on="item").sort("timestamp", "item")
    split = dated["timestamp"].median() if dated.height else None
    later = dated.filter(pl.col("timestamp") > split) if split is not None else dated
    past = log.where(pl.col("timestamp") <= split, reason="after the middle item")
    try:
        return _added(
            past, later, source, graph, parameters, methods, options, table.height - known.height, rng
        )
    except DataError as error:
        return _tables([], [], [(source.label, f"outcomes of items could not be predicted: {error}")])


def _added(
    past: Interactions,
    later: pl.DataFrame,
    source: Source,
    graph: str,
    parameters: Mapping[str, Any],
    methods: Sequence[Mapping[str, Any]],
    options: Mapping[str, Any],
    dropped: int,
    rng: np.random.Generator,
) -> Tables:
    built = build_graph(past, **parameters)
    on_methods, on_folds = rng.spawn(2)
    scores, failed = score_all(built, methods, on_methods)
    author = later["author"].cast(pl.String)
    place = author.to_frame("id").join(
        pl.DataFrame({"id": built.ids.cast(pl.String), "at": np.arange(built.n)}),
        on="id", how="left", maintain_order="left",
    )["at"]  # fmt: skip
    at, unknown = place.fill_null(0).to_numpy(), place.is_null().to_numpy()
    natural = {name: np.where(unknown, 0.0, np.log1p(one.natural)[at]) for name, one in scores.items()}
    logs = [np.log1p(later[name].to_numpy().astype(np.float64)) for name in options["controls"]]
    found = added_accuracy(
        np.log1p(later[options["outcome"]].to_numpy().astype(np.float64)),
        np.column_stack([column for one in logs for column in (one, one**2)]),
        natural, author.to_numpy(),
        jackknife=options["draws"], confidence=options["confidence"], rng=on_folds,
    )  # fmt: skip
    base = " + ".join(options["controls"])
    where = {"data": source.label, "graph": graph, "level": options["confidence"],
             "people": later["author"].n_unique(), "measure": "R2"}  # fmt: skip
    rows, effects = [], []
    for row in found.iter_rows(named=True):
        value = {"value": row["r2"], "low": row["low"], "high": row["high"]}
        what = f"{base} + {row['score']}" if row["score"] else base
        effects.append({**where, **value, "contrast": what})
        asked = {**where, "asked": options["outcome"], "among": ""}
        if not row["score"]:
            rows.append({**asked, **value, "what": base})
            continue
        added = {"value": row["added"], "low": row["added_low"], "high": row["added_high"]}
        rows.append({**asked, **added, "what": row["score"], "measure": "R2 added"})
        effects.append({**where, **added, "contrast": f"{what} - {base}"})
    reacted = int((np.bincount(built.adjacency.indices, minlength=built.n) > 0)[at][~unknown].sum())
    told = (
        f"{later.height:,} items after the middle one, of which {reacted:,} by an author with a reaction "
        f"before; {dropped:,} items lack the outcome or a control"
    )
    return _tables(rows, effects, [(source.label, why) for why in (told, *failed)])


def _tables(
    rows: Sequence[Mapping[str, Any]],
    effects: Sequence[Mapping[str, Any]],
    notes: Sequence[tuple[str, str]],
) -> Tables:
    made = [{name: row.get(name) for name in _JUDGEMENT} for row in rows]
    return {
        "judgement": pl.DataFrame(made, schema=_JUDGEMENT, orient="row").fill_nan(None),
        "effects": effects_frame(effects),
        "notes": pl.DataFrame(list(notes), _NOTES, orient="row"),
    }
