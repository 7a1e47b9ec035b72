"""mbox: the messages of a mailing list, of which only the headers are read.

RFC 4155 (mbox), RFC 5322 (headers), RFC 2919 (List-Id).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

from influence_graph.interactions.adapters.adapter import Adapter
from influence_graph.interactions.adapters.records import lines
from influence_graph.interactions.adapters.rows import Rows

#: A separator ends in a date as ctime writes it, with or without a zone; a line of text does not.
_SEPARATOR = re.compile(rb"^From (.*?)\s+((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d .*\d{4}.*)$")
_ID = re.compile(r"<([^<>\s]+)>")
_HIDDEN = re.compile(r"^\s*(\S+) at (\S+?)(?=\s|$)")
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
    parse = BytesHeaderParser(policy=compat32).parsebytes
    archive = re.sub(r"(\.mbox|\.gz|\.zst|\.txt)+$", "", path.name, flags=re.IGNORECASE)
    for envelope, header in _messages(path):
        rows.record += 1
        _add(parse(header), envelope, archive, rows)


def _messages(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the date of the envelope and the headers that are wanted of each message."""
    envelope: str | None = None
    header: list[bytes] = []
    blank, inside, wanted = True, False, False
    for line in lines(path):
        if blank and line.startswith(b"From ") and (found := _SEPARATOR.match(line.rstrip())):
            if envelope is not None:
                yield envelope, b"".join(header)
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
        yield envelope, b"".join(header)


def _add(message: Message, envelope: str, archive: str, rows: Rows) -> None:
    source = _author(message)
    if source is None:
        rows.leave_out("a message without an address")
        return
    listed = _ID.search(str(message.get("List-Id", "")))
    network = listed[1].lower() if listed else archive
    item = next(iter(_ID.findall(str(message.get("Message-ID", "")))), None)
    known = _ID.findall(str(message.get("References", "")))
    answered = [found for found in _ID.findall(str(message.get("In-Reply-To", ""))) if "@" in found]
    parent = known[-1] if known else (answered[0] if answered else None)
    time = _time(str(message.get("Date", ""))) or _time(envelope)
    kind = "post" if parent is None else "reply"
    rows.add(source, None, kind, time, item=item, parent=parent, network=network)


def _author(message: Message) -> str | None:
    """Return the address of who wrote; where the list has put itself there (DMARC), who wrote before."""
    own = _addresses(str(message.get("From", "")))
    posts = re.findall(r"mailto:([^>\s?]+)", str(message.get("List-Post", "")))
    listed = _ID.search(str(message.get("List-Id", "")))
    lists = {address.lower() for address in posts}
    lists |= {listed[1].lower().replace(".", "@", 1)} if listed else set()
    if own and own[0] in lists:
        before = [str(message.get(name, "")) for name in ("X-Original-From", "Reply-To")]
        others = [address for text in before for address in _addresses(text) if address not in lists]
        return others[0] if others else own[0]
    return own[0] if own else None


def _addresses(text: str) -> list[str]:
    """Return the addresses in lower case, also of those that archives hide as ``name at host``."""
    text = _HIDDEN.sub(r"\1@\2", text)
    return [address.lower() for _, address in getaddresses([text]) if "@" in address.strip("@")]


def _time(text: str) -> int | None:
    """Return microseconds since 1970; None where the text is no date."""
    try:
        time = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    time = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    return round((time - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()) * 1_000_000


MBOX = Adapter("mbox", "messages of an mbox", _recognise, _read)
