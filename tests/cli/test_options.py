"""Options: how their values are parsed, and that a command takes each of them by name."""

import dataclasses
import inspect
import os
import subprocess
import sys

import pytest
import typer

from influence_graph.cli.explain_report import explain_command, report_command
from influence_graph.cli.options import (
    LogOptions,
    in_command_line,
    names_from,
    number_from,
    pairs_from,
    parameters_from,
    with_log_options,
    with_negative_ids,
)
from influence_graph.cli.score_compare import compare_command, score_command


def test_a_command_has_one_option_a_field_and_gets_one_object():
    seen = []

    @with_log_options
    def command(log: str, *, options: LogOptions, seed: int = 0) -> None:
        """Do it."""
        seen.append((log, options, seed))

    fields = [field.name for field in dataclasses.fields(LogOptions)]
    assert list(inspect.signature(command).parameters) == ["log", *fields, "seed"]
    assert command.__doc__ == "Do it."
    given = {**dataclasses.asdict(LogOptions()), "kinds": "like=1", "half_life": "1d"}
    command(log="a.csv", seed=3, **given)
    assert seen == [("a.csv", LogOptions(kinds="like=1", half_life="1d"), 3)]


@pytest.mark.parametrize("command", [score_command, compare_command, explain_command, report_command])
def test_every_command_on_a_log_has_the_same_options(command):
    parameters = inspect.signature(command).parameters
    for field in dataclasses.fields(LogOptions):
        assert parameters[field.name].default == field.default
    assert "options" not in parameters


def test_values_of_parameters_are_toml_or_text():
    given = ["damping=0.5", "role = authority", 'name="x"', "seeds=[1, 2]", "a=b=c"]
    assert parameters_from(given) == {
        "damping": 0.5,
        "role": "authority",
        "name": "x",
        "seeds": [1, 2],
        "a": "b=c",
    }
    assert parameters_from(None) == {}
    for wrong in ("damping", "=1", " =1"):
        with pytest.raises(typer.BadParameter, match="is not NAME=VALUE"):
            parameters_from([wrong])


def test_pairs_are_text_or_numbers_and_each_name_is_there_once():
    assert pairs_from("a=x, b = y", "--columns") == {"a": "x", "b": "y"}
    assert pairs_from("a=1,b=0.5", "--kinds", float) == {"a": 1.0, "b": 0.5}
    for wrong, said in (
        ("a", "is not NAME=VALUE"),
        ("a=", "is not NAME=VALUE"),
        ("a=1,a=2", "'a' is given twice"),
    ):
        with pytest.raises(typer.BadParameter, match=said):
            pairs_from(wrong, "--kinds", float)


def test_names_and_numbers():
    assert names_from(" a, b,,c ") == ["a", "b", "c"]
    assert number_from("1e3", "--saturation") == 1000
    with pytest.raises(typer.BadParameter, match="'much' is not a number"):
        number_from("much", "--saturation")


def test_ids_that_begin_with_a_minus_are_no_options():
    assert with_negative_ids(["explain", "l.csv", "-7", "--json"]) == [
        "explain", "l.csv", "--json", "--", "-7",
    ]  # fmt: skip
    for same in (
        ["score", "-7"],
        ["explain", "l.csv", "--seed", "-7", "ann"],
        ["explain", "l.csv", "--", "-7"],
    ):
        assert with_negative_ids(same) == same


@pytest.mark.parametrize(
    ("in_python", "on_the_command_line"),
    [
        ("columns={'source': 'From User', 'target': 'To'}", "--columns 'source=From User,target=To'"),
        ("columns=['source', None, 'target']", "--columns source,,target"),
        ("half_life='30d' or as_of=", "--half-life 30d or --as-of"),
        ("time_format='%d.%m.%Y %H:%M'", "--read 'time_format=%d.%m.%Y %H:%M'"),
        ("kind_names={'RT': 'RT'}", """--read 'kind_names={"RT"="RT"}'"""),
        ("one_act=('reply', 'mention')", """--read 'one_act=["reply", "mention"]'"""),
        ("signed=True reads", "--read signed=true reads"),
        ("quote=None", "--read quote=None"),
        ("missing=''", "--read missing="),
        ("damping=0.5 and unkind=3", "damping=0.5 and unkind=3"),
    ],
)
def test_messages_name_options_of_the_command_line(in_python, on_the_command_line):
    assert in_command_line(in_python) == on_the_command_line


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("score log.csv --method page", ["pagerank"]),
        ("compare log.csv --methods engagement,page", ["engagement,pagerank"]),
        ("methods vot", ["voterank"]),
        ("datasets fetch hig", ["higgs", "higgs-edges"]),
    ],
)
def test_names_are_completed_in_a_shell(typed, expected):
    words = f"influence-graph {typed}"
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1)}
    program = "import sys; sys.argv[0] = 'influence-graph'; from influence_graph.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, **asked, "_INFLUENCE_GRAPH_COMPLETE": "complete_bash"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.split() == expected, done.stderr
