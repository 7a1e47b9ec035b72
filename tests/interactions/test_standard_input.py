"""Standard input is read as a file is."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CODE = "from influence_graph import read_interactions as r; print(r('-').frame.collect()['source'].to_list())"


@pytest.mark.parametrize(
    "content",
    [
        "source,target\nann,bea\n",
        '{"source": "ann", "target": "bea"}\n',
        json.dumps([{"source": "ann", "target": "bea"}]),
        "*Vertices 2\n1 ann\n2 bea\n*Arcs\n1 2\n",
    ],
)
def test_the_format_is_seen_in_the_content(content):
    run = subprocess.run(
        [sys.executable, "-c", CODE], input=content, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "['ann']"
