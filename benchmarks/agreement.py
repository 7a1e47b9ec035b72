"""Does the agreement of methods that `compare` states hold? Synthetic logs with known rates.

    python benchmarks/agreement.py logs --design pareto --seeds 1-20 --out build/agreement
    python benchmarks/agreement.py page --out build/agreement      # writes agreement.md

The four designs are those of intervals.py, and the one-edge design with Poisson numbers of reactions; rates
are drawn again for every ten logs. The target of the
corrected figure is the Pearson correlation of expected log scores, over logs of half the size (of people with
a reaction: of a third of the size, weighted by the chance to have one in a third). It is computed from other
logs of the same rates, in two sets, so that its own noise does not count: covariances between the means of
one set and the means of the other.

Beside it: what dividing would claim, the agreement of two methods across halves over the root of that of each
with itself, of Kendall's tau-b, Spearman's rho and the overlap of the top 20.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from intervals import DESIGNS as OF_INTERVALS  # noqa: E402
from intervals import PEOPLE, POISSON, Rates, draw_graph, known_rates  # noqa: E402

from influence_graph import score  # noqa: E402
from influence_graph.evaluation.comparison import MEASURES, POPULATIONS  # noqa: E402
from influence_graph.evaluation.corrected import corrected_correlations, cross_covariances  # noqa: E402
from influence_graph.evaluation.deals import Agreement, Measuring, agreement_over_deals  # noqa: E402
from influence_graph.evaluation.log_parts import LogParts, Values  # noqa: E402
from influence_graph.evaluation.rank_agreement import (  # noqa: E402
    kendall_tau_b,
    rank_biased_overlap,
    spearman,
    top_k_overlap,
)

DESIGNS = (*OF_INTERVALS, POISSON)
METHODS = ("pagerank", "reactors", "engagement")
DEALS, FRESH, SAME_RATES, TOP = 20, 40, 10, 20
PAIRS = list(combinations(range(len(METHODS)), 2))


def one_graph(rates: Rates, rng: np.random.Generator) -> tuple[LogParts, Values]:
    """Return the parts of one log, and the values of the whole."""
    graph = draw_graph(rates, rng)
    scores = [score(graph, method) for method in METHODS]
    everybody = [np.arange(graph.n)] * len(METHODS)
    reacted = np.bincount(graph.adjacency.indices, minlength=graph.n) > 0
    return LogParts(graph, scores), Values.of(scores, everybody, reacted)


def targets(rates: Rates, rng: np.random.Generator, fresh: int = FRESH) -> dict[str, np.ndarray]:
    """Return what figures estimate: corrected ones, and the agreement of expected scores.

    ``corrected``, shape (2, M, M): by population. ``expected``, shape (pairs, 4): the measures of agreement
    of expected scores of logs of half the size, which is what dividing is thought to give.
    """
    n, count = PEOPLE, len(METHODS)
    # By set of logs: sums of log values on halves and on thirds, and of who has a reaction in a third.
    halves, thirds = np.zeros((2, count, n)), np.zeros((2, count, n))
    plain, chance = np.zeros((count, n)), np.zeros(n)
    for number, stream in enumerate(rng.spawn(fresh)):
        parts, _ = one_graph(rates, stream)
        seed = np.random.SeedSequence(number)
        for pieces, sums in ((2, halves), (3, thirds)):
            dealt = stream.integers(pieces, size=parts.episodes.count)
            for piece in range(pieces):
                values = parts.values(parts.part(dealt == piece), seed=seed)
                sums[number % 2] += np.log1p(values.natural) / pieces
                if pieces == 3:
                    chance += values.reacted / 3 / fresh
                else:
                    plain += values.natural
    covariances = [
        cross_covariances(*(halves / (fresh / 2))),
        cross_covariances(*(thirds / (fresh / 2)), chance),
    ]
    measures = (kendall_tau_b, spearman, lambda a, b: top_k_overlap(a, b, k=TOP), rank_biased_overlap)
    return {
        "corrected": np.array([corrected_correlations(one) for one in covariances]),
        "expected": np.array([[measure(plain[a], plain[b]) for measure in measures] for a, b in PAIRS]),
    }


def of_one_log(rates: Rates, rng: np.random.Generator, replicates: int) -> Agreement:
    """Return all figures of one log."""
    parts, whole = one_graph(rates, rng)
    return agreement_over_deals(
        parts,
        whole,
        measuring=Measuring(TOP, 0.9),
        deals=DEALS,
        replicates=replicates,
        confidence=0.95,
        seed=np.random.SeedSequence(int(rng.integers(2**63))),
    )


def rows_of(number: int, found: Agreement, target: dict[str, np.ndarray]) -> Iterator[tuple[object, ...]]:
    """Yield one row a figure: rates, pair, population, kind, measure, value, low, high, target."""
    for place, (a, b) in enumerate(PAIRS):
        pair = f"{METHODS[a]} – {METHODS[b]}"
        for row, over in enumerate(POPULATIONS):
            figures = (float(one[row, a, b]) for one in found.corrected)
            yield (
                number,
                pair,
                over,
                "corrected",
                "log_pearson",
                *figures,
                float(target["corrected"][row, a, b]),
            )
            for column, measure in enumerate(MEASURES):
                expected = float(target["expected"][place, column])
                for kind, one, at in (
                    ("this log", found.same_log, place),
                    ("independent halves", found.halves, place),
                ):
                    yield (
                        number,
                        pair,
                        over,
                        kind,
                        measure,
                        *(float(x[at, row, column]) for x in one),
                        expected,
                    )
                own = found.halves.value[[len(PAIRS) + a, len(PAIRS) + b], row, column]
                across = found.halves.value[place, row, column]
                ratio = float(across / np.sqrt(own.prod())) if (own > 0).all() else float("nan")
                yield number, pair, over, "divided", measure, ratio, None, None, expected


def study(design: str, seed: int, replicates: int = 0) -> pl.DataFrame:
    """Return the rows of ten logs of one set of rates."""
    setup, truth, *logs = np.random.default_rng([DESIGNS.index(design), seed]).spawn(2 + SAME_RATES)
    known = known_rates(design, setup)
    target = targets(known, truth)
    rows = [row for log in logs for row in rows_of(seed, of_one_log(known, log, replicates), target)]
    columns = ["rates", "pair", "over", "kind", "measure", "value", "low", "high", "target"]
    table = pl.DataFrame(rows, columns, orient="row", infer_schema_length=None)
    return table.with_columns(pl.col("low", "high").cast(pl.Float64), design=pl.lit(design))


HEAD = """# Agreement of methods: what is found, and what is true

Written by `python benchmarks/agreement.py page`; nothing here is typed by hand. Simulated logs of 400 people,
five designs (`benchmarks/intervals.py` describes them), rates drawn again for every ten logs, 20 deals,
95 % intervals. In the one-edge design most actors react exactly once in every log, so that one half of a log
has what the other lacks: halves are then not independent. With a Poisson number (one-edge-poisson) they are.
"""
DOCS = HERE.parent / "docs" / "how-to" / "compare-methods.md"
BEGIN, END = "<!-- study: begin -->\n", "<!-- study: end -->\n"


def page(folder: Path) -> str:
    """Return the tables of all logs in a folder."""
    rows = pl.concat([pl.read_parquet(file) for file in sorted(folder.glob("*.parquet"))])
    order = {name: number for number, name in enumerate(DESIGNS)}
    rows = rows.sort(pl.col("design").replace_strict(order), maintain_order=True)
    keys = ["design", "over", "pair"]
    corrected = rows.filter(kind="corrected").with_columns(known=pl.col("value").is_not_nan())
    within = (pl.col("low") <= pl.col("target")) & (pl.col("target") <= pl.col("high"))
    known = corrected.filter("known").with_columns(covered=within, width=pl.col("high") - pl.col("low"))
    summary = known.group_by(keys, maintain_order=True).agg(
        pl.len().alias("logs"),
        pl.col("target", "value").mean(),
        error=(pl.col("value") - pl.col("target")).mean(),
        spread=(pl.col("value") - pl.col("target")).std(),
        covered=pl.col("covered").mean(),
        width=pl.col("width").median(),
    )
    lost = corrected.group_by(keys, maintain_order=True).agg(missing=(~pl.col("known")).mean())
    first = summary.join(lost, on=keys, maintain_order="left")
    parts = [
        HEAD,
        "## The corrected figure\n\n`target`: the correlation of expected log scores; `spread`: standard "
        "deviation of the figure; `covered`: share of intervals that hold the target; `width`: median.\n",
        _markdown(first),
        "## What dividing would claim\n\n`expected`: the agreement of expected scores of logs of half the "
        "size; `this log`, `independent halves`: mean figures; `divided`: the second over the root of "
        "that of both methods with themselves. Over everybody.\n",
        _markdown(divided(rows)),
        _coverage(rows),
    ]
    return "\n".join(part for part in parts if part)


def divided(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what dividing rank agreements would claim, beside the agreement of expected scores."""
    chosen = rows.filter(
        pl.col("over") == "everybody",
        pl.col("kind") != "corrected",
        pl.col("measure") != "rank_biased_overlap",
        pl.col("value").is_not_nan(),
    )
    means = chosen.group_by("design", "pair", "measure", "kind", maintain_order=True).agg(
        pl.col("value", "target").mean()
    )
    keys = ["design", "pair", "measure"]
    wide = means.pivot("kind", index=keys, values="value", maintain_order=True)
    expected = means.group_by(keys, maintain_order=True).agg(expected=pl.col("target").first())
    return expected.join(wide, on=keys, maintain_order="left")


def _coverage(rows: pl.DataFrame) -> str:
    """Return how often intervals by resampling actors hold the mean figure over logs of the same rates."""
    plain = rows.filter(pl.col("kind").is_in(["this log", "independent halves"]), pl.col("low").is_not_nan())
    if not len(plain):
        return ""
    keys = ["design", "rates", "pair", "over", "kind", "measure"]
    mean = pl.col("value").mean().over(keys)
    held = plain.with_columns(held=(pl.col("low") <= mean) & (mean <= pl.col("high")))
    table = held.group_by("design", "over", "kind", "measure", maintain_order=True).agg(
        figures=pl.len(), held=pl.col("held").mean()
    )
    title = (
        "## Intervals by resampling actors\n\n`held`: share that hold the mean over ten logs of the rates.\n"
    )
    return f"{title}\n{_markdown(table.pivot('measure', index=['design', 'over', 'kind'], values='held'))}"


def _markdown(table: pl.DataFrame) -> str:
    """Return a table in Markdown, numbers with three decimals."""
    text = [
        [f"{value:.3f}" if isinstance(value, float) else str(value) for value in row] for row in table.rows()
    ]
    lines = [table.columns, ["---"] * table.width, *text]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def in_docs(rows: pl.DataFrame) -> None:
    """Write a few of the rows into the page that explains agreement."""
    few = divided(rows).filter(pair="pagerank – engagement").drop("pair")
    before, rest = DOCS.read_text(encoding="utf-8").split(BEGIN)
    said = (
        "PageRank against `engagement`, over everybody. `expected` is the agreement of their expected scores "
        "of logs of half the size:\n\n"
    )
    DOCS.write_text(f"{before}{BEGIN}\n{said}{_markdown(few)}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["logs", "page"])
    parser.add_argument("--design", choices=DESIGNS, default="pareto")
    parser.add_argument("--seeds", default="1-20", help="first-last; a set of rates, ten logs, a file each")
    parser.add_argument("--replicates", type=int, default=0, help="of actors, for intervals on this log")
    parser.add_argument("--out", type=Path, default=Path("build/agreement"))
    options = parser.parse_args()
    if options.what == "logs":
        options.out.mkdir(parents=True, exist_ok=True)
        first, last = map(int, options.seeds.split("-"))
        for seed in range(first, last + 1):
            file = options.out / f"{options.design}-{options.replicates}-{seed}.parquet"
            # A run can be stopped and taken up.
            if not file.exists():
                study(options.design, seed, options.replicates).write_parquet(file)
        return
    text = page(options.out)
    in_docs(pl.concat([pl.read_parquet(file) for file in sorted(options.out.glob("*.parquet"))]))
    (HERE / "agreement.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
