"""A small log, and the command line called within this process."""

import sys

import pytest

from influence_graph.cli import main

LOG = """\
source,target,kind,timestamp
ben,ann,retweet,2024-01-01
cat,ann,reply,2024-01-02
cat,ben,retweet,2024-01-03
ann,ann,reply,2024-01-03
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(LOG)
    return path


@pytest.fixture
def cli(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["influence-graph", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        printed = capsys.readouterr()
        return exit_.value.code, printed.out, printed.err

    return call
