"""Random logs in random dialects: read as written, or refused with the way named. See benchmarks."""

import importlib.util
import random
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]


def script(name):
    """A module of the folder of benchmarks."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "benchmarks" / f"{name}.py")
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


dialects, mutations = script("dialects"), script("mutations")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_what_is_read_of_a_dialect_that_the_docs_name_is_what_was_written(seed):
    with tempfile.TemporaryDirectory() as folder:
        made = dialects.case(random.Random(seed), dialects.DOCUMENTED)
        result, detail = dialects.outcome(made, Path(folder))
    assert result == "as written", (made, detail)


@pytest.mark.parametrize("kind", dialects.OTHERS)
def test_a_refusal_names_the_way(kind, tmp_path):
    for seed in range(4):
        made = dialects.case(random.Random(seed), (kind,))
        result, detail = dialects.outcome(made, tmp_path)
        assert result == "refused, way named", (made, detail)


def test_damaged_logs_are_read_right_or_refused_or_told():
    counts, wrong = mutations.run(63, seed=5)
    assert not wrong
    assert {form.name for form in mutations.FORMATS} == {name for name, _, _ in counts}
    assert {"right", "refused", "told"} <= {result for _, _, result in counts}


def test_the_scripts_see_what_is_wrong(tmp_path, monkeypatch):
    """A reader that loses a row, or breaks, is not taken for a right one."""
    form = mutations.FORMATS[0]
    content = form.write(mutations.rows_of(random.Random(1)))
    read = mutations.read
    assert mutations.outcome(form, content, tmp_path / "log.csv", set())[0] == "right"
    monkeypatch.setattr(
        mutations, "read", lambda path: (read(path)[0] - type(read(path)[0])([min(read(path)[0])]), set())
    )
    assert mutations.outcome(form, content, tmp_path / "log.csv", set())[0] == "silent"
    monkeypatch.setattr(mutations, "read", lambda path: 1 / 0)
    assert mutations.outcome(form, content, tmp_path / "log.csv", set())[0] == "traceback"
