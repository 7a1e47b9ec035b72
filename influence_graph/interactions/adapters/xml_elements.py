"""The elements of an XML file one by one, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from influence_graph.errors import SchemaError
from influence_graph.interactions.adapters.records import open_binary

_BLOCK = 1 << 16


def xml_elements(path: Path) -> Iterator[tuple[str, str, ElementTree.Element]]:
    """Yield "start" or "end", the tag without namespace, and the element; its content is there at its end.

    Nothing outside of the file is read, and entities that expand to many times their size are refused by the
    parser (expat, from version 2.4). Whoever has used an element clears it.

    Raises
    ------
    SchemaError
        If the file is not whole XML.
    """
    with open_binary(path, recode=False) as file:
        try:
            for event, element in ElementTree.iterparse(file, events=("start", "end")):
                yield event, element.tag.rpartition("}")[2], element
        except ElementTree.ParseError as error:
            raise _damaged(path, error) from None
        except (LookupError, ValueError) as error:  # an encoding that Python has not, or can't be XML's
            raise SchemaError(f"{path}: {error}. Save the file as UTF-8.") from None


def foreign_namespace(element: ElementTree.Element, own: str) -> list[str]:
    """Return a note if the first element of a file is of a namespace without this word."""
    namespace = element.tag.rpartition("}")[0][1:]
    if not namespace or own in namespace:
        return []
    return [f"the file is of the namespace {namespace!r}; its elements are read by their names all the same"]


def xml_starts(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield tag and attributes of each element as it starts; faster, for files in which that is all.

    Raises
    ------
    SchemaError
        If the file is not whole XML.
    """
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: found.append((tag, attributes))
    with open_binary(path, recode=False) as file:
        try:
            while block := file.read(_BLOCK):
                parser.Parse(block, False)
                yield from found
                found.clear()
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise _damaged(path, error) from None
        except (LookupError, ValueError) as error:
            raise SchemaError(f"{path}: {error}. Save the file as UTF-8.") from None


def _damaged(path: Path, error: Exception) -> SchemaError:
    if "amplification" in str(error):
        return SchemaError(
            f"{path}: its entities expand to many times its size, which those of no export do. "
            "It is not read; get it from where it was made."
        )
    return SchemaError(f"{path}: not a whole XML file ({error}). Get it again.")
