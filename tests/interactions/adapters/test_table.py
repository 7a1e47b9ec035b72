"""Which adapter a file asks for."""

from __future__ import annotations

import gzip
import importlib
import pkgutil

import pytest

from influence_graph.interactions import adapters
from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.table import ADAPTERS, recognise

#: First lines as the documentation of each format has them.
HEADS = {
    "bluesky": '{"did":"did:plc:a","time_us":1,"kind":"commit","commit":{}}\n',
    "konect": "% asym positive\n1 2 1\n",
    "matrix-market": "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 1.0\n",
    "pajek": '*Vertices 2\n1 "a"\n2 "b"\n*Arcs\n1 2\n',
    "graphml": '<?xml version="1.0"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns"></graphml>\n',
    "gexf": '<?xml version="1.0"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3"></gexf>\n',
    "gml": 'graph [\n  directed 1\n  node [ id 1 label "a" ]\n]\n',
    "x-v1.1": '{"id_str":"1","created_at":"Wed Apr 04 09:00:00 +0000 2018","user":{"id_str":"2"}}\n',
    "x-v2": '{"id":"1","author_id":"2","created_at":"2020-01-01T00:00:00.000Z"}\n',
    "gephi": "Source,Target,Type,Weight\n1,2,Directed,1\n",
}


def test_every_adapter_that_the_subpackage_defines_is_in_the_table():
    defined = set()
    for module in pkgutil.iter_modules(adapters.__path__):
        values = vars(importlib.import_module(f"{adapters.__name__}.{module.name}")).values()
        defined |= {value.name for value in values if isinstance(value, Adapter)}
    assert defined == set(ADAPTERS)
    assert all(adapter.name == name for name, adapter in ADAPTERS.items())


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_a_file_is_known_by_its_first_bytes(files, name, compress):
    found = recognise(files.write("file", compress(b"\xef\xbb\xbf" + HEADS[name].encode())))
    assert found is ADAPTERS[name]


@pytest.mark.parametrize(
    "content",
    [b"source,target,kind\n1,2,like\n", b'{"source": 1, "target": 2}\n', b"1 2\n3 4\n", b"", b"PAR1\x15\x04"],
)
def test_a_log_as_it_stands_asks_for_no_adapter(files, content):
    assert recognise(files.write("file", content)) is None


def test_bytes_of_zero_are_no_text(files):
    text = HEADS["pajek"].encode()
    assert recognise(files.write("a", text)) is ADAPTERS["pajek"]
    assert recognise(files.write("b", text + b"\0")) is None


def test_a_file_that_is_not_there_asks_for_none(files):
    assert recognise(files.folder / "nothing") is None
