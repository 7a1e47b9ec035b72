"""The documentation names files and subpackages that exist."""

import re
import tomllib
from pathlib import Path

import pytest

HOME = Path(__file__).parents[1]
PACKAGE = HOME / "influence_graph"
CONTRIBUTING = HOME / "CONTRIBUTING.md"
ARCHITECTURE = HOME / "docs" / "architecture.md"
PAGES = [CONTRIBUTING, *sorted(HOME.glob("docs/*.md"))]
#: `graph/decay.py`, `tests/graph/test_build.py`, `scoring/`: names in code with a folder.
NAMED = re.compile(r"`(\w+/(?:\w+/)*(?:\w+\.\w+)?)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = set(NAMED.findall(page.read_text("utf-8"))) - {"site/", "results/"}
    missing = [name for name in named if not (HOME / name).exists() and not (PACKAGE / name).exists()]
    assert sorted(missing) == []


def test_the_architecture_page_is_read_for_files() -> None:
    assert len(set(NAMED.findall(ARCHITECTURE.read_text("utf-8")))) > 30


def test_contributing_lists_the_subpackages_in_their_import_order() -> None:
    contracts = tomllib.loads((HOME / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    (layers,) = (one["layers"] for one in contracts["contracts"] if one["type"] == "layers")
    levels = {
        name.removeprefix("influence_graph."): number
        for number, layer in enumerate(reversed(layers))
        for name in re.findall(r"[\w.]+", layer)
    }
    listed = re.findall(r"^\| `(\w+)` \|", CONTRIBUTING.read_text("utf-8"), re.MULTILINE)
    present = {path.stem for path in PACKAGE.glob("[a-z]*") if path.is_dir() or path.suffix == ".py"}
    assert set(listed) == present
    assert [levels[name] for name in listed] == sorted(levels[name] for name in listed)


@pytest.mark.parametrize(
    ("word", "page"),
    [
        ("formula", "methods.rst"),
        ("export", "how-to/graphs-for-your-own-study.md"),
        ("gephi", "how-to/graphs-for-your-own-study.md"),
        ("twitter", "how-to/read-your-own-log.md"),
        ("cite", "how-to/cite.md"),
        ("latex", "how-to/figures-and-tables.md"),
        ("spreadsheet", "reference/command-line.md"),
    ],
)
def test_a_word_that_people_search_for_is_on_its_page(word: str, page: str) -> None:
    # Sphinx's search finds whole words of a page's text, and titles.
    assert re.search(rf"\b{word}s?\b", (HOME / "docs" / page).read_text("utf-8"), re.IGNORECASE)
