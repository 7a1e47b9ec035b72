"""Files that are no log say what they are; text of other encodings is the same text."""

from __future__ import annotations

import bz2
import io
import lzma
import tarfile
import zipfile

import pytest

from influence_graph import InfluenceGraphError, read_interactions
from influence_graph.errors import SchemaError
from influence_graph.interactions.other_files import as_utf8, is_text, wide_encoding

CSV = "source,target,kind\nzoé,bea,reply\ncem,bea,reply\n"


def archive() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("log.csv", CSV)
    return made.getvalue()


def tape() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as file:
        file.addfile(tarfile.TarInfo("log.csv"))
    return made.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.csv", CSV),
        ("log.txt", "zoé bea\ncem bea\n"),
        ("log.json", '[{"source": "zoé", "target": "bea"},\n{"source": "cem", "target": "bea"}]'),
        ("log.ndjson", '{"source": "zoé", "target": "bea"}\n{"source": "cem", "target": "bea"}\n'),
        ("log.net", '*Vertices 3\n1 "zoé"\n2 "cem"\n3 "bea"\n*Arcs\n1 3\n2 3\n'),
        ("log.gml", 'graph [ directed 1 node [ id 1 label "zoé" ] node [ id 2 label "cem" ] '
         'node [ id 3 label "bea" ] edge [ source 1 target 3 ] edge [ source 2 target 3 ] ]'),
        ("out.log", "% asym positive\nzoé bea 1 0\ncem bea 1 0\n"),
    ],
)  # fmt: skip
def test_one_text_in_whatever_encoding(tmp_path, name, content, encoding):
    path = tmp_path / name
    path.write_bytes(content.encode(encoding))
    rows = read_interactions(path).frame.select("source", "target").collect().rows()
    assert rows == [("zoé", "bea"), ("cem", "bea")]


def test_xml_says_its_encoding_itself(tmp_path):
    text = (
        '<?xml version="1.0" encoding="UTF-16"?><graphml><graph edgedefault="directed"><node id="zoé"/>'
        '<node id="bea"/><edge source="zoé" target="bea"/></graph></graphml>'
    )
    path = tmp_path / "g.graphml"
    path.write_bytes(text.encode("utf-16"))
    assert read_interactions(path).frame.collect()["source"].to_list() == ["zoé"]


@pytest.mark.parametrize("name", ["log.csv.bz2", "log.csv.xz", "log.csv", "log.csv.gz"])
@pytest.mark.parametrize("compress", [bz2.compress, lzma.compress])
def test_compression_is_known_by_its_first_bytes(tmp_path, name, compress):
    path = tmp_path / name
    path.write_bytes(compress(CSV.encode()))
    assert read_interactions(path).report.kept == 2
    path.write_bytes(compress(CSV.encode())[:-20])
    with pytest.raises(SchemaError, match="damaged or cut short"):
        read_interactions(path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("log.csv", archive(), "this is a zip archive. Unpack it first: python -m zipfile -e {path} ."),
        ("log.zip", archive(), "this is a zip archive"),
        ("log.xlsx", archive(), "this is an Excel workbook"),
        ("log.csv", tape(), "this is a tar archive"),
        ("log.csv", b"SQLite format 3\0abc", "this is an SQLite database"),
        ("log.csv", b"<!DOCTYPE html>\n<html>", "this is a web page"),
        ("log.json", b"<html><body>,</body></html>", "this is a web page"),
        ("log.csv", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
        ("log.csv", b'[{"source": "b", "target": "a"}]', "this is JSON. Say format='ndjson'"),
        ("log.json", CSV.encode(), "If it is a table, say format='csv'."),
        ("log.adjlist", b"1 2 3\n", "networkx.read_adjlist('{path}', create_using=networkx.DiGraph)"),
    ],
)
def test_what_is_no_log_says_what_it_is(tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InfluenceGraphError) as raised:
        read_interactions(path)
    assert said.format(path=path) in str(raised.value)


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [("log.csv", '[{"source": "b", "target": "a"}]', "ndjson"), ("log.json", CSV, "csv")],
)
def test_the_format_that_is_named_reads_it(tmp_path, name, content, format):
    path = tmp_path / name
    path.write_text(content)
    assert read_interactions(path, format=format).report.kept >= 1


def test_marks_of_files_put_one_behind_the_other(tmp_path):
    path = tmp_path / "log.txt"
    path.write_bytes("\ufeff1 2\n\ufeff3 4\n".encode())
    assert read_interactions(path).frame.select("source", "target").collect().rows() == [(1, 2), (3, 4)]
    path = tmp_path / "log.csv"
    path.write_text('source,target\n"b\n\ufeffc",a\n\ufeffd,a\n')
    assert read_interactions(path).frame.collect()["source"].to_list() == ["b\n\ufeffc", "d"]


def test_short_and_odd_starts():
    assert wide_encoding(b"") is wide_encoding(b"a") is wide_encoding(b"a\0") is None
    assert as_utf8("log", "ü".encode()) == "ü".encode()
    assert is_text("ab€".encode()[:-1])
    assert not is_text(b"\xff\xfeab")
