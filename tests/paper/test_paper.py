"""The paper compiles from its summary of results, says what they say, and holds no number typed by hand."""

import copy
import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from influence_graph.experiment.results import Results
from influence_graph.experiment.run import run_experiment

PAPER = Path(__file__).parents[2] / "paper"
SECTIONS = sorted((PAPER / "sections").glob("*.typ"))
CONFIG = """
name = "small"
template = "agreement"
title = "Small"
claims = [2]
seed = 3
data = { dataset = "synthetic", people = 150, days = 20, mean_degree = 6.0, rng = 5 }
methods = [{ name = "engagement" }, { name = "pagerank" }]
options = { k = 15, resamples = 20, draws = 5 }

[[criteria]]
claim = 2
question = "Do they name the same people at the top?"
contrast = "engagement with pagerank"
measure = "top_k_overlap"
yes = { above = 0.9 }
no = { below = 0.5 }
"""


@pytest.fixture(scope="module")
def paper():
    """Return the scripts of the paper: they import each other as they do when run."""
    pytest.importorskip("typst", reason="typst is not installed (extra: paper)")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(PAPER))
        import reproduce

        import build
        import summary

        yield SimpleNamespace(build=build, reproduce=reproduce, summary=summary)


@pytest.fixture(scope="module")
def committed(paper) -> dict[str, Any]:
    return paper.summary.read()


@pytest.fixture(scope="module")
def built(paper, committed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("paper")
    paper.build.build(committed, folder)
    return folder


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("configs") / "small.toml"
    path.write_text(CONFIG, "utf-8")
    return path


@pytest.fixture(scope="module")
def small(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    run_experiment(config, results=folder)
    return folder


@pytest.fixture
def only_small(paper, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for script in (paper.summary, paper.reproduce):
        monkeypatch.setattr(script, "shipped_configs", lambda: [config])


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


def test_compiles_to_eight_to_twelve_pages(built: Path) -> None:
    import typst

    assert (built / "influence_graph.pdf").read_bytes().startswith(b"%PDF")
    pages = typst.compile(built / "main.typ", root=built, format="png", ppi=10, ignore_system_fonts=True)
    assert isinstance(pages, list)
    assert 8 <= len(pages) <= 12


def test_the_same_results_give_the_same_bytes(paper, committed, built: Path, tmp_path: Path) -> None:
    again = paper.build.build(committed, tmp_path)
    assert again.read_bytes() == (built / "influence_graph.pdf").read_bytes()


def test_another_verdict_stops_the_build_and_is_named(paper, committed, tmp_path: Path) -> None:
    changed = copy.deepcopy(committed)
    (row,) = [
        row
        for row in changed["verdicts"]
        if (row["experiment"], row["contrast"], row["data"]) == ("gaming", "pagerank / reactors", "Higgs")
    ]
    row["verdict"] = "yes"
    with pytest.raises(paper.build.OutdatedError) as error:
        paper.build.build(changed, tmp_path)
    message = str(error.value)
    assert "Over the whole cone PageRank costs" in message
    assert f"'yes' to “{row['question']}” on Higgs" in message
    assert not (tmp_path / "influence_graph.pdf").exists()


def test_each_sentence_rests_on_a_verdict_that_would_stop_it(paper, built: Path) -> None:
    sentences = paper.build.bound(built)
    assert {one["experiment"] for one in sentences} >= {"prediction", "increment", "one-number", "gaming"}
    for one in sentences:
        assert list(paper.build.outdated([one])) == []
        others = [{**row, "verdict": "another"} for row in one["found"]]
        if one["verdict"] == paper.build.NO_RESULT:
            others = [{"verdict": "yes", "question": "?", "data": "", "graph": "", "among": "",
                       "value": None, "low": None, "high": None}]  # fmt: skip
        (told,) = paper.build.outdated([{**one, "found": others}])
        assert " ".join(one["sentence"].split()) in told
        if one["found"]:
            (told,) = paper.build.outdated([{**one, "found": []}])
            assert "There is no result" in told


def test_each_claim_has_an_answer_that_rests_on_its_experiment(committed, built: Path) -> None:
    text = (PAPER / "sections" / "answers.typ").read_text("utf-8")
    named = re.findall(r'^    says\("[^"]+", "([\w-]+)"', text, re.MULTILINE)
    assert len(named) == len(committed["claims"]) == 10
    for claim, name in enumerate(named, 1):
        known = committed["experiments"].get(name)
        assert known is None or claim in known["claims"]


def test_a_number_that_is_missing_stops_the_build(paper, committed, tmp_path: Path) -> None:
    changed = copy.deepcopy(committed)
    changed["quantities"] = [row for row in changed["quantities"] if row["name"] != "one number"]
    with pytest.raises(paper.build.OutdatedError, match="the number one number"):
        paper.build.build(changed, tmp_path)


def test_the_tables_print_the_effects_and_every_question(committed, built: Path) -> None:
    printed = said(built, "figure.where(kind: table)").replace("−", "-")
    for experiment, contrast, data in (
        ("gaming", "pagerank / reactors", "Higgs"),
        ("coverage", "engagement, largest network hidden", "R lists"),
        ("posting", "to_threads by threads", "R lists"),
    ):
        row = next(
            row
            for row in committed["verdicts"]
            if (row["experiment"], row["contrast"], row["data"]) == (experiment, contrast, data)
        )
        assert f"{row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}]" in printed
    for row in committed["verdicts"]:
        assert row["value"] is None or re.sub(r"\s+", " ", row["question"]) in printed


def test_a_draft_says_that_it_is_one(paper, committed, tmp_path: Path) -> None:
    paper.build.build({**committed, "quantities": []}, tmp_path, check=False)
    assert json.loads((tmp_path / "numbers.json").read_text("utf-8"))["draft"] is True


def test_the_summary_is_what_the_results_say(paper, small: Path, only_small, tmp_path: Path) -> None:
    kept = {"verdicts": [{"experiment": "small", "name": "old"}], "quantities": [], "logs": []}
    made = paper.summary.summarise(paper.summary.newest(small), kept)
    results = Results.load(small / "small" / "latest")
    (row,), (verdict,) = made["verdicts"], results.verdicts.to_dicts()
    assert {key: row[key] for key in verdict if key in row} == {
        key: value for key, value in verdict.items() if key in row
    }
    assert row["tolerance"] == pytest.approx(max(0.0005, (row["high"] - row["low"]) / 20), abs=1e-6)
    assert made["experiments"]["small"]["folder"] == results.folder.resolve().name
    paper.summary.write(made, tmp_path / "made.json")
    assert paper.summary.read(tmp_path / "made.json") == made


def test_a_quantity_is_one_row_of_a_table(paper, small: Path) -> None:
    results = Results.load(small / "small" / "latest")
    wanted = {"name": "n", "claim": 2, "experiment": "small", "table": "methods",
              "where": {"method": "pagerank"}, "columns": ["people"]}  # fmt: skip
    found = paper.summary._quantity(wanted, results)
    assert found["value"] == results.tables["methods"].filter(pl.col("method") == "pagerank")["people"][0]
    with pytest.raises(SystemExit, match="is 2 rows"):
        paper.summary._quantity({**wanted, "where": {}}, results)


def test_differences_name_claim_figure_and_tolerance(paper, committed) -> None:
    assert list(paper.summary.differences(committed, committed)) == []
    made = copy.deepcopy(committed)
    row = next(row for row in made["verdicts"] if row["value"] is not None)
    row["value"] += 0.9 * row["tolerance"]
    assert list(paper.summary.differences(committed, made)) == []
    row["value"] += 0.2 * row["tolerance"]
    ((claim, text),) = paper.summary.differences(committed, made)
    assert claim == row["claim"]
    assert row["contrast"] in text
    assert "tolerance" in text
    row["verdict"] = "another"
    assert len(list(paper.summary.differences(committed, made))) == 2
    made["quantities"] = made["quantities"][1:]
    told = [text for _, text in paper.summary.differences(committed, made)]
    assert any("only in the committed file" in text for text in told)


def test_a_run_is_compared_claim_by_claim(paper, only_small, tmp_path: Path, capsys) -> None:
    # Nothing of the committed experiments is run: their numbers stay, and the new experiment's are only here.
    code = paper.reproduce.reproduce(tmp_path, jobs=1, quick=True, full=False)
    told = capsys.readouterr().out
    assert code == 0
    assert re.search(r"^claim 3: 0 of \d+ numbers made again, 0 differ$", told, re.MULTILINE)
    assert re.search(r"^claim 2: 1 of \d+ numbers made again, 1 differ$", told, re.MULTILINE)
    assert "lock: the same" in told
    assert (tmp_path / "paper" / "influence_graph.pdf").is_file()
    assert paper.summary.read(tmp_path / "results.json")["experiments"]["small"]


def test_an_experiment_without_its_logs_is_not_run(paper, config: Path, monkeypatch, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    log = '[[data]]\nlog = "nowhere.parquet"\noptional = true\n'
    path.write_text(re.sub(r"^data = .*$", "", CONFIG, flags=re.MULTILINE) + log, "utf-8")
    monkeypatch.setattr(paper.reproduce, "shipped_configs", lambda: [path])
    done, (left,) = paper.reproduce.run(tmp_path / "results", jobs=1, quick=True, full=False)
    assert not done
    assert "nowhere.parquet" in left
    assert not (tmp_path / "results" / "small").exists()


@pytest.mark.parametrize("path", SECTIONS, ids=lambda path: path.stem)
def test_no_number_is_typed_by_hand(path: Path) -> None:
    """Outside formulas no text has a digit; what code counts with is 0, 1 or 2 and never printed."""
    text = re.sub(r"//.*", "", path.read_text("utf-8"))
    layout = r"width: \d+%|\d+(?:\.\d+)?fr\b|size: [\d.]+pt|least: 0\.\d+|\.(?:slice|at)\([^)]*\)"
    text = re.sub(rf'"[^"\n]*"|`[^`]*`|<[\w-]+>|@[\w-]+|{layout}', " ", text)
    if path.stem not in ("abstract", "results"):
        # Definitions have numbers of their own: the ends of the scale, a base of 2.
        text = re.sub(r"\$[^$]*\$", " ", text)
    in_code = r"(?:==|>|<|places:|start:|,|-|\()\s*[012]\b|places: 3|\b1 - |\$R\^2\$"
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
    labels = set(re.findall(r"<([\w-]+)>", text))
    assert set(re.findall(r"@([\w-]+)", text)) - labels == known
    for entry in references.split("\n@"):
        assert re.search(r"^\s+(doi|url)\s+= ", entry, re.MULTILINE), entry


def test_a_project_has_the_figures_and_no_scripts(built: Path) -> None:
    drawn = re.findall(r'drawn\("([\w-]+)"', (PAPER / "sections" / "results.typ").read_text("utf-8"))
    assert len(drawn) > 5
    assert all((built / "figures" / f"{name}.svg").is_file() for name in drawn)
    assert not list(built.glob("*.py"))
