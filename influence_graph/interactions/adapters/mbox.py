"""mbox: the messages of a mailing list, of which only the headers are read.

RFC 4155 (mbox), RFC 5322 (headers), RFC 2919 (List-Id).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from functools import lru_cache
from pathlib import Path

from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.records import lines
from influence_graph.interactions.adapters.rows import Rows

#: A separator ends in a date as ctime writes it, with or without a zone; a line of text does not.
_SEPARATOR = re.compile(rb"^From (.*?)\s+((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d .*\d{4}.*)$")
_ID = re.compile(r"<([^<>\s]+)>")
_HIDDEN = re.compile(r"^\s*(\S+) at (\S+?)(?=\s|$)")
#: Bytes of which the standard library's parser knows what they are in a header.
_ODD = re.compile(rb"[^\t\n\r\x20-\x7e]|\r(?!\n)")
_PLAIN = re.compile(r"(?:[A-Za-z0-9 ._-]*|\"[A-Za-z0-9 ,._-]*\") *<([A-Za-z0-9._+-]+@[A-Za-z0-9.-]+)>")
_DATE = re.compile(
    r"(?:[A-Z][a-z]{2}, )?(\d\d?) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d)"
    r" ([+-])(\d\d)([0-5]\d)(?: \([A-Z]+\))?"
)
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Texts of which the addresses are remembered.
_REMEMBERED = 1 << 14
_WANTED = (
    b"from",
    b"reply-to",
    b"x-original-from",
    b"date",
    b"message-id",
    b"in-reply-to",
    b"references",
    b"list-id",
    b"list-post",
)


def _recognise(head: bytes, name: str) -> bool:
    first, _, rest = head.lstrip(b"\r\n").partition(b"\n")
    return _SEPARATOR.match(first.rstrip(b"\r")) is not None and b":" in rest[:2000]


def _read(path: Path, rows: Rows) -> None:
    archive = re.sub(r"(\.mbox|\.gz|\.zst|\.bz2|\.xz|\.txt)+$", "", path.name, flags=re.IGNORECASE)
    for envelope, header in _messages(path):
        rows.record += 1
        _add(_fields(header), envelope, archive, rows)


def _fields(header: list[bytes]) -> dict[str, str]:
    """Return the first value of each header, as the parser of :mod:`email` gives it, line ends included."""
    if any(_ODD.search(line) for line in header):
        message = BytesHeaderParser(policy=compat32).parsebytes(b"".join(header))
        return {name.lower(): str(message[name]) for name in message}
    found: dict[str, str] = {}
    name = ""
    for line in header:
        text = line.decode("ascii")
        if line[:1] in (b" ", b"\t"):
            if name:
                found[name] += text
            continue
        name, _, value = text.partition(":")
        name = name.lower() if name.lower() not in found else ""
        if name:
            found[name] = value.lstrip(" \t")
    return {name: value.rstrip("\r\n") for name, value in found.items()}


def _messages(path: Path) -> Iterator[tuple[str, list[bytes]]]:
    """Yield the date of the envelope and the headers that are wanted of each message."""
    envelope: str | None = None
    header: list[bytes] = []
    blank, inside, wanted = True, False, False
    for line in lines(path):
        if blank and line.startswith(b"From ") and (found := _SEPARATOR.match(line.rstrip())):
            if envelope is not None:
                yield envelope, header
            envelope, header, inside, wanted = found[2].decode("ascii", "replace"), [], True, False
            blank = False
            continue
        blank = line in (b"\n", b"\r\n")
        if not inside:
            continue
        if blank:
            inside = False
        elif line[:1] not in (b" ", b"\t"):
            wanted = line.split(b":", 1)[0].lower() in _WANTED
        if inside and wanted:
            header.append(line)
    if envelope is not None:
        yield envelope, header


def _add(message: Mapping[str, str], envelope: str, archive: str, rows: Rows) -> None:
    source = _author(message)
    if source is None:
        rows.leave_out("a message without an address")
        return
    listed = _ID.search(message.get("list-id", ""))
    network = listed[1].lower() if listed else archive
    item = next(iter(_ID.findall(message.get("message-id", ""))), None)
    known = _ID.findall(message.get("references", ""))
    answered = [found for found in _ID.findall(message.get("in-reply-to", "")) if "@" in found]
    parent = known[-1] if known else (answered[0] if answered else None)
    time = _time(message.get("date", ""))
    time = _time(envelope) if time is None else time
    kind = "post" if parent is None else "reply"
    rows.add(source, None, kind, time, item=item, parent=parent, network=network)


def _author(message: Mapping[str, str]) -> str | None:
    """Return the address of who wrote; where the list has put itself there (DMARC), who wrote before."""
    own = _addresses(message.get("from", ""))
    lists = _lists(message.get("list-post", ""), message.get("list-id", ""))
    if own and own[0] in lists:
        before = [message.get(name, "") for name in ("x-original-from", "reply-to")]
        others = [address for text in before for address in _addresses(text) if address not in lists]
        return others[0] if others else own[0]
    return own[0] if own else None


@lru_cache(_REMEMBERED)
def _lists(post: str, listed: str) -> frozenset[str]:
    """Return the addresses of the list itself."""
    found = {address.lower() for address in re.findall(r"mailto:([^>\s?]+)", post)}
    own = _ID.search(listed)
    return frozenset(found | ({own[1].lower().replace(".", "@", 1)} if own else set()))


@lru_cache(_REMEMBERED)
def _addresses(text: str) -> tuple[str, ...]:
    """Return the addresses in lower case, also of those that archives hide as ``name at host``."""
    plain = _PLAIN.fullmatch(text)
    if plain is not None:
        return (plain[1].lower(),)
    text = _HIDDEN.sub(r"\1@\2", text)
    return tuple(address.lower() for _, address in getaddresses([text]) if "@" in address.strip("@"))


def _time(text: str) -> int | None:
    """Return microseconds since 1970; None where the text is no date."""
    usual = _DATE.fullmatch(text)
    try:
        if usual is not None:
            day, month, year, hour, minute, second, sign, hours, minutes = usual.groups()
            time = datetime(
                int(year), _MONTHS.get(month, 0), int(day), int(hour), int(minute), int(second), tzinfo=UTC
            )
            away = timedelta(hours=int(hours), minutes=int(minutes))
            time = time - away if sign == "+" else time + away
        else:
            time = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    return (time - _EPOCH) // timedelta(seconds=1) * 1_000_000


MBOX = Adapter("mbox", "messages of an mbox", _recognise, _read)
