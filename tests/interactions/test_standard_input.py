"""Standard input is read as a file is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import pytest

from influence_graph import read_interactions

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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_read(tmp_path):
    pipe = tmp_path / "log.csv"
    os.mkfifo(pipe)
    text = b"source,target\n" + b"b,a\n" * 3 + b"c,007\n"
    writer = threading.Thread(target=lambda: pipe.write_bytes(text))
    writer.start()
    log = read_interactions(pipe)
    writer.join()
    assert log.frame.collect()["target"].to_list() == ["a", "a", "a", "007"]


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="no /dev/fd here")
def test_a_pipe_by_its_number_is_read():
    out, into = os.pipe()
    with os.fdopen(into, "wb") as file:
        file.write(b'{"source": 1, "target": 2}\n')
    assert read_interactions(f"/dev/fd/{out}").frame.collect()["source"].to_list() == [1]
    os.close(out)


@pytest.mark.skipif(not os.path.exists("/dev/stdin"), reason="no /dev/stdin here")
@pytest.mark.parametrize("piped", [True, False])
def test_standard_input_by_its_path(tmp_path, piped):
    code = "from influence_graph import read_interactions as r; print(r('/dev/stdin').report.kept)"
    path = tmp_path / "x"
    path.write_text("source,target\nb,a\n")
    with path.open("rb") as file:
        given = {"input": path.read_bytes()} if piped else {"stdin": file}
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, **given)
    assert ran.stdout.strip() == b"1"
