"""From the arguments of a command to a graph: files, data sets, the options of the reader."""

import json
import os
import re
import shlex

import pytest
import typer

from influence_graph import build_graph, read_interactions
from influence_graph.cli.options import LogOptions
from influence_graph.cli.read_graph import keep_inputs, left_out, read_graph, reader_options
from influence_graph.errors import ConfigError


def test_renamed_columns(cli, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("who,whom\nb,a\n")
    code, out, _ = cli("score", path, "--columns", "source=who,target=whom", "--kind", "like")
    assert code == 0
    assert "100" in out


def test_the_name_of_a_data_set_is_a_log(cli, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, out, _ = cli("score", "synthetic", "--json")
    assert (code, json.loads(out)["people"]) == (0, 2000)


def test_a_messy_file_is_read_as_its_message_says(cli, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("from;to\nben;ann\ncat;ann\n")
    code, _, err = cli("score", path)
    assert (code, "Say --read 'separator=;'" in err) == (1, True)
    code, out, err = cli(
        "score", path, "--read", "separator=;", "--columns", "source=from,target=to", "--json"
    )
    assert code == 0
    assert json.loads(out)["top"][0]["id"] == "ann"
    path.write_text("ben,x,ann,5\ncat,y,ann,6\n")
    code, out, _ = cli(
        "score", path, "--columns", "source,,target,weight", "--method", "engagement", "--json"
    )
    assert json.loads(out)["top"][0]["raw"] == 11
    code, _, err = cli("score", path, "--read", "seperator=;")
    assert (code, "Did you mean 'separator'?" in err) == (1, True)


def test_only_the_options_that_were_given_reach_the_reader():
    assert reader_options(LogOptions()) == {}
    options = LogOptions(
        columns="source=a, target=b", format_="csv", kind="like", on_error="skip", read=["ids=text"]
    )
    assert reader_options(options) == {
        "ids": "text",
        "kind": "like",
        "format": "csv",
        "columns": {"source": "a", "target": "b"},
        "on_error": "skip",
    }
    assert reader_options(LogOptions(columns="source,,target"))["columns"] == ["source", None, "target"]


def test_every_option_of_the_graph_reaches_it(log, capsys):
    options = LogOptions(
        kinds="retweet=2", other=0.5, half_life="1d", as_of="2024-01-02T12:00:00", saturation="1.5"
    )
    graph = read_graph(str(log), options)
    expected = build_graph(
        read_interactions(log),
        kinds={"retweet": 2},
        other=0.5,
        half_life="1d",
        as_of="2024-01-02T12:00:00",
        saturation=1.5,
    )
    assert graph.fingerprint == expected.fingerprint
    assert graph.fingerprint != read_graph(str(log), LogOptions()).fingerprint
    assert "1 left out: later than as_of" in capsys.readouterr().err
    assert left_out(graph) == {"self-interaction": 1, "later than as_of": 1}


def test_a_cap_that_is_no_number_is_wrong_usage(log):
    with pytest.raises(typer.BadParameter, match="'much' is not a number"):
        read_graph(str(log), LogOptions(saturation="much"))


REMEDIES = {
    "columns": ("log.csv", "From,To\nben,ann\n"),
    "separator": ("log.csv", "source|target\nben|ann\n"),
    "quote": ("log.tsv", 'source\ttarget\ttext\nben\tann\t5" disk\n'),
    "ids": ("log.ndjson", '{"source": 7, "target": "ann"}\n'),
    "lost": ("log.csv", "source,target\n1.2E+18,ann\n"),
    "time_unit": ("log.csv", "source,target,timestamp\nben,ann,0\nben,ann,60\n"),
    "time_format": ("log.csv", "source,target,timestamp\nben,ann,25/10/2018 20:19\n"),
    "client": ("log.csv", "source,author_id,target_id\nWeb App,7,8\n"),
    "missing": ("log.csv", "source,target\nben,NULL\n"),
    "on_error": ("log.csv", "source,target\nben,ann\n,ann\n"),
    "signed": ("log.csv", "source,target,weight\nben,ann,-2\ncat,ann,1\n"),
    "headless": ("log.csv", "ben,ann\ncat,ann\n"),
}


@pytest.mark.parametrize("name", REMEDIES)
def test_a_remedy_works_as_it_is_named(cli, tmp_path, name):
    file, content = REMEDIES[name]
    path = tmp_path / file
    path.write_text(content)
    code, _, err = cli("score", path, "-m", "reactors", "--json")
    assert code == 1
    options = re.findall(r"--(?:read|columns|on-error) (?:'[^']*'|[^\s';.,]+(?:[=,][^\s;]+)?)", err)
    assert options, err
    last = [shlex.split(option.rstrip(".")) for option in options][-1 if name == "headless" else 0]
    if name == "headless":
        last[1] = last[1].replace(",…", "")
    code, out, err = cli("score", path, "-m", "reactors", "--json", *last)
    assert code == 0, (last, err)
    assert json.loads(out)["people"] >= 2


def test_one_word_is_a_list_of_one_and_keys_of_toml_are_ids(cli, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("source,target\n1,2\n3,2\n-4,1\n")
    raw = {}
    for given in ("personalization={2=1.0}", 'personalization={"2"=3.0}'):
        code, out, err = cli("score", path, "-m", "pagerank", "--param", given, "--json", "--top", 9)
        assert code == 0, err
        raw[given] = [(person["id"], person["raw"]) for person in json.loads(out)["top"]]
    assert raw["personalization={2=1.0}"] == raw['personalization={"2"=3.0}']
    assert raw["personalization={2=1.0}"][0][0] == 2
    assert cli("score", path, "-m", "trustrank", "--param", "seeds=2")[0] == 0
    assert "-4 has" in cli("explain", path, "-4")[1]


@pytest.mark.parametrize("name", ["log.csv", "sub/../log.csv", "soft.csv", "hard.csv", "ids.csv"])
@pytest.mark.parametrize("read", ["log.csv", "soft.csv", "l*.csv", "."])
def test_what_is_read_is_never_overwritten(cli, log, monkeypatch, tmp_path, name, read):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "ids.csv").write_text("network,account,person\ndefault,ann,a\n")
    (tmp_path / "soft.csv").symlink_to("log.csv")
    (tmp_path / "hard.csv").hardlink_to("log.csv")
    before = {path: path.read_bytes() for path in tmp_path.glob("*.csv")}
    given = ["--read", "identities=ids.csv"]
    for command in (["score", read, *given, "--out", name], ["convert", read, name, *given]):
        code, _, err = cli(*command)
        assert (code, "would be overwritten. Name another file to write" in err) == (1, True)
    assert {path: path.read_bytes() for path in tmp_path.glob("*.csv")} == before
    assert cli("score", "log.csv", "--out", "scores.csv")[0] == 0
    assert cli("score", "log.csv", "--out", "scores.csv")[0] == 0


def test_a_redirected_log_is_not_overwritten(log, monkeypatch):
    with log.open() as stream:
        monkeypatch.setattr(
            "os.fstat", lambda number, fstat=os.fstat: fstat(stream.fileno() if number == 0 else number)
        )
        with pytest.raises(ConfigError, match="as standard input"):
            keep_inputs(log, "-", LogOptions())


def test_figures_and_reports_do_not_overwrite_the_log(cli, tmp_path):
    for name, command in (
        ("log.svg", ["explain", "{}", "a", "--figure"]),
        ("log.html", ["report", "{}", "--out"]),
    ):
        path = tmp_path / name
        path.write_text("source,target\nb,a\n")
        code, _, err = cli(*(word.format(path) for word in command), path, "--format", "csv")
        assert (code, "would be overwritten" in err) == (1, True)
        assert path.read_text() == "source,target\nb,a\n"
