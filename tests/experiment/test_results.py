"""The results of a run, as they are printed, shown and loaded."""

import pytest

from influence_graph.errors import DataError
from influence_graph.experiment.results import Results


def test_results_show_themselves(unbroken):
    assert "engagement" in str(unbroken)
    assert "agreement.pdf" in str(unbroken)
    shown = unbroken._repr_html_()
    assert "<svg" in shown
    assert "<table" in shown
    assert Results.load(unbroken.folder).summary.equals(unbroken.summary)
    with pytest.raises(DataError, match=r"no manifest\.json"):
        Results.load(unbroken.folder.parent)


def test_tables_and_figures_are_those_of_the_folder(unbroken):
    files = {path.name for path in unbroken.folder.iterdir()}
    assert {f"{name}.parquet" for name in unbroken.tables} == {
        name for name in files if name.endswith(".parquet")
    }
    assert set(unbroken.figures) == {"agreement"}
    drawing = unbroken.figures["agreement"]
    assert drawing.pdf.read_bytes().startswith(b"%PDF")
    assert "<svg" in drawing._repr_svg_()
    assert f"tables: {unbroken.folder}/ agreement.parquet" in str(unbroken)


def test_data_left_out_is_reported(unbroken):
    told = Results(unbroken.folder)
    told.__dict__["manifest"] = {**unbroken.manifest, "skipped": ["<Higgs>: left out"]}
    assert "left out: <Higgs>: left out" in str(told)
    assert "<p>&lt;Higgs&gt;: left out</p>" in told._repr_html_()
