"""The claim pages: one a claim, listed, without a number of their own; their tables come from results."""

import importlib.util
import re
import sys
from pathlib import Path

import polars as pl
import pytest

from influence_graph.experiment.run import run_experiment

HOME = Path(__file__).parents[1]
FOLDER = HOME / "docs" / "claims"
PAGES = sorted(FOLDER.glob("[0-9]*.md"), key=lambda page: int(page.stem))


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("write_tables", FOLDER / "write_tables.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["write_tables"] = module
    spec.loader.exec_module(module)
    return module


def test_each_page_is_listed_and_has_an_experiment(script):
    index = (FOLDER / "index.md").read_text("utf-8")
    for page in PAGES:
        assert f"]({page.name})" in index
        assert re.search(rf"^{page.stem}$", index, re.MULTILINE), "the table of contents lacks it"
        assert script.experiments_of(int(page.stem))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_page_has_a_notebook(page):
    assert list((HOME / "notebooks").glob(f"*_claim_{page.stem}_*.ipynb"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_is_asked_and_holds_no_number(page):
    text = page.read_text("utf-8")
    for part in ("**Question.**", "**Why it is hard.**", "## What to conclude", "## What not"):
        assert part in text
    assert f"```{{include}} tables/{page.stem}.md\n```" in text
    assert (FOLDER / "tables" / page.name).is_file()
    allowed = r"\[[^\]]*\]\([^)]*\)|^# Claim \d+|tables/\d+\.md|\(\w[^)]* \d{4}\)"
    named = re.sub(allowed, "", text, flags=re.MULTILINE)
    assert not re.findall(r"\d+", named), "a number that no script produced"


def test_the_table_says_what_the_results_say(script, tmp_path, monkeypatch):
    data = {"dataset": "synthetic", "people": 80, "days": 10, "mean_degree": 6.0}
    given = {
        "name": "mine",
        "template": "agreement",
        "title": "Mine",
        "claims": [2],
        "data": data,
        "methods": [{"name": "engagement"}, {"name": "pagerank"}],
        "options": {"k": 5, "resamples": 10, "draws": 0},
        "criteria": [
            {
                "claim": 2,
                "question": "The same top?",
                "contrast": "engagement with pagerank",
                "measure": "top_k_overlap",
                "yes": {"above": 0.0},
            }
        ],
    }
    found = run_experiment(given, results=tmp_path / "results")
    (tmp_path / "configs").mkdir()
    (tmp_path / "configs" / "mine.toml").write_text('name = "mine"\ntitle = "Mine"\nclaims = [2]\n')
    (tmp_path / "configs" / "none.toml").write_text('name = "none"\ntitle = "None"\nclaims = [2]\n')
    monkeypatch.setattr(script, "EXPERIMENTS", tmp_path / "configs")
    text = script.write(2, tmp_path / "results", tmp_path / "out")
    row = found.verdicts.row(0, named=True)
    assert f"{row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]" in text
    assert f"**{row['verdict']}**" in text
    assert "no results yet. `influence-graph run experiments/none.toml`" in text
    assert (tmp_path / "out" / "figures" / "mine-agreement.svg").is_file()
    assert found.manifest["data"][0]["fingerprint"][:8] in text
    assert isinstance(found.verdicts, pl.DataFrame)


def test_settings_of_a_sweep_share_a_line_apart_from_the_base(script):
    graphs = ["base: effort 0", *(f"effort {number}" for number in range(1, 7))]
    verdicts = pl.DataFrame(
        {
            "question": ["Does it?"] * 7, "contrast": ["a - b"] * 7, "measure": ["score"] * 7,
            "among": ["reactors"] * 7, "data": ["model"] * 7, "graph": graphs,
            "verdict": ["no", "yes", "yes", "no", "yes", "yes", "no"], "reason": [""] * 7,
            "seen": [False] * 7, "people": [9] * 7, "low": [None] * 7,
            "value": [0.5, -1.0, -2.0, 0.25, -3.0, -0.5, 0.125],
        }
    )  # fmt: skip
    base, swept = script._rows(verdicts)
    assert "model, base: effort 0" in base
    assert "a - b, score: 0.500" in base
    assert "model, 6 settings" in swept
    assert "**yes** in 4, **no** in 2" in swept
    assert "from -3.000 to 0.250" in swept
    assert len(list(script._rows(verdicts.head(4)))) == 4
