"""The formats that open by themselves, by name and by their first bytes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.bluesky import BLUESKY
from influence_graph.interactions.adapters.gephi import GEPHI
from influence_graph.interactions.adapters.gexf import GEXF
from influence_graph.interactions.adapters.gml import GML
from influence_graph.interactions.adapters.graphml import GRAPHML
from influence_graph.interactions.adapters.konect import KONECT
from influence_graph.interactions.adapters.mastodon import MASTODON
from influence_graph.interactions.adapters.matrix_market import MATRIX_MARKET
from influence_graph.interactions.adapters.mbox import MBOX
from influence_graph.interactions.adapters.network_repository import NETWORK_REPOSITORY
from influence_graph.interactions.adapters.pajek import PAJEK
from influence_graph.interactions.adapters.records import read_head
from influence_graph.interactions.adapters.reddit import REDDIT
from influence_graph.interactions.adapters.snap import SNAP
from influence_graph.interactions.adapters.stack_exchange import STACK_EXCHANGE
from influence_graph.interactions.adapters.twarc_csv import TWARC_CSV
from influence_graph.interactions.adapters.x_v1 import X_V1
from influence_graph.interactions.adapters.x_v2 import X_V2

#: In the order in which a file is compared with them: those with the clearest marks first.
_ORDER = (
    BLUESKY,
    MASTODON,
    REDDIT,
    X_V1,
    X_V2,
    TWARC_CSV,
    STACK_EXCHANGE,
    GRAPHML,
    GEXF,
    MATRIX_MARKET,
    KONECT,
    PAJEK,
    MBOX,
    GML,
    SNAP,
    NETWORK_REPOSITORY,
    GEPHI,
)
ADAPTERS: Mapping[str, Adapter] = {adapter.name: adapter for adapter in _ORDER}


def recognise(path: Path) -> Adapter | None:
    """Return the adapter that a file's first bytes and name ask for; None where it is none of these."""
    head = read_head(path)
    if b"\0" in head:  # no text
        return None
    return next((adapter for adapter in _ORDER if adapter.recognise(head, str(path))), None)
