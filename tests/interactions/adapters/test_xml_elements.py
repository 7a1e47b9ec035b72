"""XML in bounded memory; entities that expand, and what is no XML, are refused."""

import pytest

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.xml_elements import xml_elements, xml_starts


def test_tags_without_namespace(files):
    path = files.write("a.xml", '<a xmlns="urn:x"><b>c</b></a>')
    found = [(event, tag) for event, tag, _ in xml_elements(path)]
    assert found == [("start", "a"), ("start", "b"), ("end", "b"), ("end", "a")]


def test_entities_that_expand_are_refused(files):
    lines = ['<!ENTITY e0 "' + "x" * 100 + '">']
    lines += [f'<!ENTITY e{n} "' + f"&e{n - 1};" * 10 + '">' for n in range(1, 10)]
    path = files.write("a.xml", "<!DOCTYPE a [" + "".join(lines) + "]><a>&e9;</a>")
    for read in (xml_elements, xml_starts):
        with pytest.raises(SchemaError, match="expand to many times its size"):
            list(read(path))


def test_starts_alone_are_those_of_the_elements(files):
    path = files.write("a.xml", '<a x="1"><b y="&lt;&#xA;ü"/><c/></a>')
    whole = [(tag, element.attrib) for event, tag, element in xml_elements(path) if event == "start"]
    assert list(xml_starts(path)) == whole == [("a", {"x": "1"}), ("b", {"y": "<\nü"}), ("c", {})]


def test_nothing_outside_of_the_file_is_read(files):
    secret = files.write("secret.txt", "secret")
    path = files.write("a.xml", f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{secret}">]><a>&e;</a>')
    with pytest.raises(SchemaError, match="undefined entity"):
        list(xml_elements(path))


def test_elements_may_nest_deeply(files):
    path = files.write("a.xml", "<a>" * 100_000 + "</a>" * 100_000)
    assert sum(event == "end" for event, *_ in xml_elements(path)) == 100_000


@pytest.mark.parametrize(
    "text", ["<a>", "<a></b>", "no xml", '<?xml version="1.0" encoding="nonsense"?><a/>']
)
def test_what_is_no_xml(files, text):
    for read in (xml_elements, xml_starts):
        with pytest.raises(SchemaError, match=r"a\.xml: "):
            list(read(files.write("a.xml", text)))
