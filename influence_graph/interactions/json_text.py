"""JSON as text: the elements of an array one by one, and why a text is no JSON object."""

from __future__ import annotations

import json
import mmap
import re
from collections import Counter
from collections.abc import Collection, Iterator
from functools import partial
from typing import IO, Any

import msgspec
import numpy as np
import numpy.typing as npt
from numba import int64, types

from influence_graph.compilation import kernel
from influence_graph.errors import SchemaError

#: A line, or an element of an array, of more bytes than this is refused: it would be held in memory.
LONGEST_LINE = 1 << 28
#: Why such a line or element is left out.
NO_OBJECT = "not a JSON object"
_BLOCK = 1 << 18
_SHOWN = 80
_SPACES = re.compile(r"[ \t\r\n]*")
#: Half of a pair of surrogates, escaped: no character.
_HALF = re.compile(
    rb"\\u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|[c-fC-F])(?<!\\u[dD][89abAB]..\\u[dD].)"
)


def too_long(name: str, what: str) -> SchemaError:
    """Return the error of a line or an element that is longer than ``LONGEST_LINE``."""
    return SchemaError(
        f"{name}: {what} is longer than {LONGEST_LINE / (1 << 20):,.0f} MiB, which no record of a log is. "
        "Look at how the file ends its lines."
    )


def no_object(where: str, text: bytes, why: str, *, secret: bool, others: str = "") -> str:
    """Say that a line or an element is no JSON object; ``secret``: without showing it."""
    shown = "this" if secret else repr(text[:_SHOWN].decode(errors="replace").strip())
    return (
        f"{where}: {shown} is not a JSON object: {why}. Expected one object a line, or an array of objects. "
        f"Correct it, or leave such records out with on_error='skip'.{others}"
    )


def array_elements(name: str, file: IO[bytes], *, skip: bool = False) -> Iterator[bytes]:
    """Yield the texts of the elements of a JSON array, in the memory of the longest of them.

    Parameters
    ----------
    name : str
        The file, for messages.
    file : binary stream
        Its content, without byte order mark.
    skip : bool
        Whether what is cut short, or follows after the end, is an element (which is no object), not an error.

    Raises
    ------
    SchemaError
        If the array does not end, or more follows.

    Examples
    --------
    >>> import io
    >>> list(array_elements("log.json", io.BytesIO(b'[{"a": "],"}, 2]')))
    [b'{"a": "],"}', b'2']
    """
    state, cuts = np.zeros(3, dtype=np.int64), np.empty(_BLOCK, dtype=np.int64)
    held: list[bytes] = []
    size, number, ended = 0, 0, False
    while block := file.read(_BLOCK):
        found = _cuts(np.frombuffer(block, dtype=np.uint8), state, cuts)
        start = 0
        for cut in cuts[:found].tolist():
            element = b"".join((*held, block[start:cut])).strip()
            held, size, start = [], 0, cut + 1
            mark = block[cut]
            if mark != ord("["):
                number += 1
                if element or mark == ord(",") or number > 1:
                    yield element
            if mark == ord("]"):
                ended = True
        held.append(block[start:])
        size += len(held[-1])
        if size > LONGEST_LINE:
            raise too_long(name, f"element {number + 1:,} of the array")
    rest = b"".join(held).strip()
    if skip and (rest or not ended):
        yield rest
    elif not ended:
        raise SchemaError(
            f"{name}: not a whole JSON array: it ends after element {number:,}. Get it again, or read "
            "what is there with on_error='skip'."
        )
    elif rest:
        raise SchemaError(f"{name}: more follows after the end of the JSON array. Expected one array.")


@kernel(int64(types.Array(types.uint8, 1, "C", readonly=True), int64[::1], int64[::1]))
def _cuts(block: npt.NDArray[np.uint8], state: npt.NDArray[np.int64], cuts: npt.NDArray[np.int64]) -> int:
    """Write where the array begins, where an element ends and where the array ends; nothing after that."""
    depth, in_string, escaped = state[0], state[1], state[2]
    found = 0
    for at in range(block.size):
        c = block[at]
        if in_string:
            if escaped:
                escaped = 0
            elif c == 92:
                escaped = 1
            elif c == 34:
                in_string = 0
        elif depth < 0:
            break
        elif c == 34:
            in_string = 1
        elif c == 91 or c == 123:
            if depth == 0:
                cuts[found] = at
                found += 1
            depth += 1
        elif c == 93 or c == 125:
            depth -= 1
            if depth == 0:
                cuts[found] = at
                found += 1
                depth = -1
        elif c == 44 and depth == 1:
            cuts[found] = at
            found += 1
    state[0], state[1], state[2] = depth, in_string, escaped
    return found


def half_characters(content: bytes | mmap.mmap) -> bool:
    r"""Whether a text may hold half of a pair of surrogates, which some parsers read as another character.

    Examples
    --------
    >>> half_characters(rb'"\ud83d\ude00"'), half_characters(rb'"\ud83d"'), half_characters(rb'"\ude00"')
    (False, True, True)
    """
    if content.find(b"\\") < 0 or (content.find(b"\\ud") < 0 and content.find(b"\\uD") < 0):
        return False
    return _HALF.search(content) is not None


def keys_twice(lines: bytes, names: Collection[str]) -> bool:
    r"""Whether an object has one of these names twice, so that parsers differ in what it says.

    Examples
    --------
    >>> keys_twice(b'{"a": 1, "a": 2}', ["a"]), keys_twice(b'{"a": 1}\n{"a": 2}', ["a"])
    (True, False)
    """
    keys = [f'"{name}"'.encode() for name in names]
    keys = [key for key in keys if lines.count(key) > 1]
    for line in lines.split(b"\n") if keys else ():
        if any(line.count(key) > 1 for key in keys):
            try:
                json.loads(line, object_pairs_hook=partial(_distinct, frozenset(names)))
            except KeyError:
                return True
            except (ValueError, RecursionError):
                continue
    return False


def several_values(text: bytes) -> list[bytes] | None:
    r"""Return JSON objects that stand one behind the other, each on one line; None where that is not so.

    So do objects over several lines, as programs print them for people.

    Examples
    --------
    >>> several_values(b'{\n "a": 1\n}\n{"a": 2} {"a": 3}')
    [b'{"a":1}', b'{"a":2}', b'{"a":3}']
    """
    decode, content = json.JSONDecoder(parse_constant=_no_constant).raw_decode, text.decode()
    at, found = 0, []
    try:
        while at < len(content):
            end = decode(content, at)[1]
            found.append(msgspec.json.format(content[at:end].encode(), indent=-1))
            space = _SPACES.match(content, end)
            at = end if space is None else space.end()
    except (ValueError, RecursionError, msgspec.MsgspecError):
        return None
    return found


def why_no_object(text: bytes, names: frozenset[str] = frozenset()) -> str | None:
    """Return why a text is not a JSON object that can be read; None where it is one.

    An object in which one of ``names`` stands twice is none: parsers differ in which they take.

    Examples
    --------
    >>> why_no_object(b'{"a": 1}') is None
    True
    >>> why_no_object(b'{"a": NaN}')
    'NaN is no JSON'
    """
    try:
        found: Any = json.loads(
            text,
            parse_constant=_no_constant,
            parse_int=_whole,
            parse_float=_float,
            object_pairs_hook=partial(_distinct, names) if names else None,
        )
        if half_characters(text):
            json.dumps(found, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        return "it is not UTF-8"
    except UnicodeEncodeError:
        return "a \\u escape is half of a character"
    except RecursionError:
        return "it nests too deeply"
    except KeyError as error:
        return f"the key {error} stands twice"
    except json.JSONDecodeError as error:
        return f"{error.msg} at character {error.pos + 1:,}"
    except ValueError as error:
        return str(error)
    return None if isinstance(found, dict) else "it is no object"


def _distinct(names: frozenset[str], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next((key for key, rows in Counter(key for key, _ in pairs).items() if rows > 1), "")
        if twice in names:
            raise KeyError(twice)
    return made


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def _whole(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= int(digits) < 2**64:
        raise ValueError(f"a number of {len(digits.lstrip('-'))} digits is too large")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {digits[:20]} is too large")
    return value
