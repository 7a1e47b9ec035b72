"""The paper compiles from results, says what they say, and holds no number typed by hand."""

import importlib.util
import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import polars as pl
import pytest

from influence_graph.evaluation.rank_agreement import kendall_tau_b
from influence_graph.experiment.results import Results
from influence_graph.experiment.run import run_experiment

PAPER = Path(__file__).parents[2] / "paper"
SECTIONS = sorted((PAPER / "sections").glob("*.typ"))
CONFIG = {
    "name": "small",
    "template": "agreement",
    "claims": [2],
    "seed": 3,
    "data": [{"dataset": "synthetic", "people": 150, "days": 20, "mean_degree": 6.0, "rng": 5}],
    "methods": [{"name": name} for name in ("engagement", "pagerank", "reactors", "activity")],
    "options": {"k": 15, "resamples": 20},
    "criteria": [
        {
            "claim": 2,
            "question": "Do they name the same people at the top?",
            "contrast": "engagement with pagerank",
            "measure": "top_k_overlap",
            "yes": {"above": 0.9},
            "no": {"below": 0.5},
        }
    ],
}


@pytest.fixture(scope="module")
def paper() -> ModuleType:
    pytest.importorskip("typst", reason="typst is not installed (extra: paper)")
    spec = importlib.util.spec_from_file_location("paper_build", PAPER / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run_experiment(CONFIG, results=tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def built(paper: ModuleType, results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paper")
    paper.build(results, folder)
    return folder


def said(folder: Path, what: str) -> str:
    """Return the text of the elements that a Typst selector finds."""
    import typst

    found = typst.query(folder / "main.typ", what, root=folder, ignore_system_fonts=True)
    return re.sub(r"\s+", " ", "".join(_text(json.loads(found))))


def _text(content: Any) -> list[str]:
    if isinstance(content, list):
        return [word for part in content for word in _text(part)]
    if isinstance(content, dict):
        own = [content["text"]] if isinstance(content.get("text"), str) else []
        own += [" "] if content.get("func") == "space" else []
        return own + [word for part in content.values() for word in _text(part)]
    return []


def test_compiles_to_pages(built: Path) -> None:
    import typst

    assert (built / "influence_graph.pdf").read_bytes().startswith(b"%PDF")
    pages = typst.compile(built / "main.typ", root=built, format="png", ppi=20, ignore_system_fonts=True)
    assert isinstance(pages, list)
    assert len(pages) > 1


def test_the_same_results_give_the_same_bytes(
    paper: ModuleType, results: Results, built: Path, tmp_path: Path
) -> None:
    again = paper.build(results, tmp_path)
    assert again.read_bytes() == (built / "influence_graph.pdf").read_bytes()


def test_numbers_are_those_of_the_tables(paper: ModuleType, results: Results) -> None:
    found = paper.numbers(results)
    assert (
        pl.DataFrame(found["agreement"])
        .select("a", "b", "measure", "value", "low", "high")
        .equals(results.tables["agreement"].select("a", "b", "measure", "value", "low", "high"))
    )
    (place,) = found["places"]
    by = {
        name: results.tables["scores"].filter(pl.col("method") == name).sort("id")
        for name in ("engagement", "pagerank")
    }
    raw = {name: frame["raw"].to_numpy() for name, frame in by.items()}
    reached = raw["engagement"] > 0
    shift = np.abs(by["engagement"]["percentile"].to_numpy() - by["pagerank"]["percentile"].to_numpy())
    assert 0 < place["reached"] == reached.sum() < place["people"] == len(reached)
    assert place["median_shift"] == pytest.approx(np.median(shift))
    assert place["far_shift"] == pytest.approx(np.quantile(shift, 0.9))
    tau = next(row for row in place["among_reached"] if row["measure"] == "kendall_tau_b")
    # By rank, in which values within a method's resolution are tied.
    order = {name: -frame["rank"].to_numpy()[reached] for name, frame in by.items()}
    assert tau["value"] == pytest.approx(kendall_tau_b(order["engagement"], order["pagerank"]))
    assert tau["low"] < tau["value"] < tau["high"]


def test_the_table_prints_every_row_of_the_results(results: Results, built: Path) -> None:
    printed = said(built, "figure.where(kind: table)").replace("−", "-")
    for row in results.tables["agreement"].iter_rows(named=True):
        for name in ("value", "low", "high"):
            assert f"{row[name]:.2f}".replace("-0.00", "0.00") in printed


Change = Callable[[dict[str, Any]], None]


def overlap(value: float | None, low: float | None, high: float | None) -> Change:
    def change(found: dict[str, Any]) -> None:
        for row in found["agreement"]:
            if row["measure"] == "top_k_overlap":
                row.update(value=value, low=low, high=high)

    return change


def two_places(found: dict[str, Any]) -> None:
    """Add a second log that is like the first, but real, decayed, weighted and of many people."""
    more = {"data": "Higgs", "dataset": "higgs", "people": 304_198, "reached": 59_075, "half_life": "30d"}
    kinds = {"retweet": 1, "reply": 0.5}
    found["places"].append(found["places"][0] | more | {"kinds": kinds})
    for name in ("agreement", "movers"):
        found[name] += [row | {"data": "Higgs"} for row in found[name]]


def no_intervals(found: dict[str, Any]) -> None:
    found["manifest"]["options"]["resamples"] = 0
    for row in [*found["agreement"], *found["places"][0]["among_reached"]]:
        row.update(low=None, high=None)


def undefined(found: dict[str, Any]) -> None:
    for row in found["agreement"]:
        if row["measure"] in ("kendall_tau_b", "spearman"):
            row.update(value=None, low=None, high=None)


def changed(built: Path, folder: Path, change: Change) -> Path:
    """Compile the paper of other numbers and return its folder."""
    import shutil

    import typst

    shutil.copytree(built, folder)
    found = json.loads((folder / "numbers.json").read_text("utf-8"))
    change(found)
    (folder / "numbers.json").write_text(json.dumps(found), "utf-8")
    typst.compile(folder / "main.typ", output=folder / "other.pdf", root=folder, ignore_system_fonts=True)
    return folder


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (overlap(0.97, 0.93, 0.99), "PageRank and the count name the same people on the synthetic log."),
        (overlap(0.7, 0.6, 0.8), "They share a part of the names on the synthetic log"),
        (overlap(0.3, 0.2, 0.4), "They name other people on the synthetic log."),
        (overlap(0.88, 0.8, 0.95), "it is left open"),
    ],
)
def test_sentences_follow_the_numbers(built: Path, tmp_path: Path, change: Change, sentence: str) -> None:
    folder = changed(built, tmp_path / "other", change)
    others = {"PageRank and the count name", "They share a part", "They name other", "it is left open"}
    verdict = said(folder, "<verdict>")
    assert sentence in verdict
    assert [other in verdict for other in others].count(True) == 1


@pytest.mark.parametrize("change", [two_places, no_intervals, undefined])
def test_compiles_whatever_the_numbers(built: Path, tmp_path: Path, change: Change) -> None:
    folder = changed(built, tmp_path / "other", change)
    if change is two_places:
        assert "304,198" in said(folder, "figure.where(kind: table)")
    if change is undefined:
        assert "undefined" in said(folder, "figure.where(kind: table)")


@pytest.mark.parametrize("path", SECTIONS, ids=lambda path: path.stem)
def test_no_number_is_typed_by_hand(path: Path) -> None:
    """Outside formulas no text has a digit; what code counts with is 0, 1 or 2 and never printed."""
    text = re.sub(r"//.*", "", path.read_text("utf-8"))
    text = re.sub(r'"[^"\n]*"|`[^`]*`|<[\w-]+>|@[\w-]+|\b1fr\b|width: 100%', " ", text)
    if path.stem not in ("abstract", "results"):
        # Definitions have numbers of their own: the ends of the scale, a base of 2.
        text = re.sub(r"\$[^$]*\$", " ", text)
    in_code = r"(?:==|>|<|places:|start:|,|-|\()\s*[012]\b|\b1 - "
    left = [line.strip() for line in text.splitlines() if re.search(r"\d", re.sub(in_code, " ", line))]
    assert not left, f"{path.name} has numbers of its own: {left}"


def test_the_check_finds_a_typed_number(tmp_path: Path) -> None:
    for typed in (
        "Kendall's tau is 0.70.",
        "57% are shared.",
        "$tau_b = 0.7$",
        "over 7 days",
    ):
        path = tmp_path / "results.typ"
        path.write_text(typed, "utf-8")
        with pytest.raises(AssertionError, match="has numbers of its own"):
            test_no_number_is_typed_by_hand(path)


def test_every_citation_has_a_reference_and_every_reference_is_cited() -> None:
    references = (PAPER / "references.bib").read_text("utf-8")
    known = set(re.findall(r"^@\w+\{(\w+),", references, re.MULTILINE))
    text = "\n".join(path.read_text("utf-8") for path in SECTIONS)
    labels = set(re.findall(r"<([\w-]+)>", text)) | {"figure-agreement"}
    assert set(re.findall(r"@([\w-]+)", text)) - labels == known
    for entry in references.split("\n@"):
        assert re.search(r"^\s+(doi|url)\s+= ", entry, re.MULTILINE), entry
