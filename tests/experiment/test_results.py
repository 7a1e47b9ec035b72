"""The results of a run, as they are printed, shown and loaded."""

import shutil

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
    assert "<p>left out: &lt;Higgs&gt;: left out</p>" in told._repr_html_()


@pytest.mark.parametrize("name", ["manifest.json", "scores.parquet", "agreement.svg"])
@pytest.mark.parametrize("damage", ["flipped", "emptied", "short", "missing"])
def test_damaged_results_are_one_error_with_the_command(unbroken, config, tmp_path, name, damage):
    folder = tmp_path / "small" / unbroken.folder.name
    shutil.copytree(unbroken.folder, folder)
    file = folder / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 4
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes({"flipped": bytes(content), "emptied": b"", "short": content[:-9]}[damage])
    expected = f"influence-graph run {config} --results {tmp_path}"
    if name == "manifest.json":
        expected = "influence-graph run CONFIG"
    with pytest.raises(DataError) as raised:
        str(Results.load(folder))
    assert name in str(raised.value)
    assert f"{expected}." in str(raised.value)


def test_results_of_an_older_version_are_said_to_be(unbroken, tmp_path):
    (tmp_path / "manifest.json").write_text('{"name": "old", "template": "agreement"}')
    with pytest.raises(DataError, match="has no checksum: it is damaged, or of an older version"):
        str(Results.load(tmp_path))
