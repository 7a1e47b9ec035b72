"""The registry knows its data sets, and the cards say what it says."""

import re
from pathlib import Path

import pytest

from influence_graph.datasets import dataset_names, get_dataset
from influence_graph.errors import ConfigError

CARDS = Path(__file__).parents[2] / "datasets"


def test_the_data_sets_and_what_they_hold():
    assert dataset_names() == sorted([*dataset_names("log"), *dataset_names("pairs")])
    assert {"synthetic", "higgs", "higgs-edges", "congress", "collegemsg", "bitcoin-otc", "nethept"} == set(
        dataset_names("log")
    )
    assert [name for name in dataset_names() if not get_dataset(name).files] == ["synthetic"]


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ConfigError, match=r"'bitcoin_otc'. Did you mean 'bitcoin-otc'"):
        get_dataset("bitcoin_otc")


@pytest.mark.parametrize("name", dataset_names())
def test_every_entry_is_complete(name):
    entry = get_dataset(name)
    assert entry.terms
    assert entry.citation
    for file in entry.files:
        assert file.url is None or re.fullmatch(r"https://[\w./-]+", file.url)
        assert all(re.fullmatch("[0-9a-f]{64}", value) for value in file.sha256.values())
        assert file.sha256


@pytest.mark.parametrize("name", dataset_names())
def test_every_entry_has_a_card_that_says_the_same(name):
    entry = get_dataset(name)
    card = (CARDS / f"{name}.md").read_text()
    assert card.startswith(f"# {name}\n")
    listed = set(re.findall(r"^\| `(.+)` \| ([\d,]+) \| (.+) \| `(\w{64})` \|$", card, re.MULTILINE))
    assert listed == {
        (file.name, f"{file.rows:,}", version, digest)
        for file in entry.files
        for version, digest in file.sha256.items()
    }
    words = " ".join(card.split())
    facts = [entry.title[1:], entry.terms, entry.citation, *filter(None, [entry.doi, entry.page])]
    facts += [file.url for file in entry.files if file.url]
    assert [fact for fact in facts if fact not in words] == []


def test_the_index_lists_every_card_and_there_is_no_card_too_many():
    index = (CARDS / "README.md").read_text()
    for name in dataset_names():
        assert f"[`{name}`]({name}.md)" in index
        rows = get_dataset(name).rows
        assert rows is None or f" {rows:,} " in index
    assert {card.stem for card in CARDS.glob("*.md")} == {"README", *dataset_names()}
