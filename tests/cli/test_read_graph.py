"""From the arguments of a command to a graph: files, data sets, the options of the reader."""

import json

import pytest
import typer

from influence_graph import build_graph, read_interactions
from influence_graph.cli.options import LogOptions
from influence_graph.cli.read_graph import left_out, read_graph, reader_options


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
    assert (code, "Say separator=';'" in err) == (1, True)
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
