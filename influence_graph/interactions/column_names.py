"""Which column of a file probably is which column of a log, by its name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from influence_graph.interactions.log import COLUMNS

#: Names that platforms and tools give to the columns of a log, in lower case without punctuation; the first
#: that a file has is proposed.
ALIASES: Mapping[str, Sequence[str]] = {
    "source": (
        *("source", "sourceid", "authorid", "fromuserid", "fromid", "actorid", "senderid", "userid"),
        *("from", "fromuser", "fromusername", "author", "actor", "sender", "src", "fromnodeid", "fromnode"),
        *("userscreenname", "screenname", "username", "user", "usera", "user1", "who", "follower", "rater"),
        *("node1", "id1", "von", "de"),
    ),
    "target": (
        *("target", "targetid", "inreplytouserid", "touserid", "toid", "recipientid", "receiverid"),
        *("to", "touser", "tousername", "recipient", "receiver", "dst", "destination", "tonodeid", "tonode"),
        *("inreplytoscreenname", "userb", "user2", "whom", "followee", "followed", "ratee"),
        *("mentioneduser", "node2", "id2", "nach", "a"),
    ),
    "kind": ("kind", "interaction", "interactiontype", "action", "event", "eventtype", "relation"),
    "network": ("network", "platform", "site", "service"),
    "timestamp": (
        *("timestamp", "createdat", "createdutc", "created", "datetime", "date", "time", "publishedat"),
        *("published", "unixtime", "epoch", "ts"),
    ),
    "weight": ("weight", "weights", "count", "strength", "rating"),
    "item": ("item", "itemid", "tweetid", "statusid", "postid", "commentid", "messageid"),
    "parent": ("parent", "parentid", "inreplytostatusid", "inreplytotweetid", "inreplytoid"),
    "topic": ("topic",),
}
#: Columns beside which one called ``source`` is the program that a tweet was written with.
AUTHORS = frozenset(
    {"authorid", "userid", "user", "username", "fromuser", "fromuserid", "fromusername", "screenname"}
    | {"userscreenname", "author", "useridstr", "authorusername"}
)


def plain_name(name: str) -> str:
    """Return a column's name in lower case, letters and digits only.

    Examples
    --------
    >>> plain_name("In_Reply_To.User ID")
    'inreplytouserid'
    """
    return re.sub(r"[\W_]+", "", name.lower())


def proposed(names: Iterable[str], *, wanted: Collection[str] = tuple(COLUMNS)) -> dict[str, str]:
    """Return the column of a file that each column of a log probably is, where one is found.

    Parameters
    ----------
    names : iterable of str
        Columns of the file.
    wanted : collection of str
        Columns of a log to look for.

    Examples
    --------
    >>> proposed(["Id", "From", "To", "Weight"])
    {'source': 'From', 'target': 'To', 'weight': 'Weight'}
    """
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(plain_name(name), name)
    found: dict[str, str] = {}
    for column, aliases in ALIASES.items():
        place = next((by_plain[alias] for alias in aliases if alias in by_plain), None)
        if column in wanted and place is not None and place not in found.values():
            found[column] = place
    return found


def is_client_app(names: Sequence[str], columns: Collection[str]) -> bool:
    """Whether ``source`` is the program that a tweet was written with, not its author.

    Parameters
    ----------
    names : sequence of str
        Columns of the file.
    columns : collection of str
        Columns of a log that the caller named.

    Examples
    --------
    >>> is_client_app(["id", "source", "author_id", "text"], ["target"])
    True
    >>> is_client_app(["source", "target", "user"], [])
    False
    """
    if "source" not in names or "source" in columns or ("target" in names and "target" not in columns):
        return False
    return any(plain_name(name) in AUTHORS for name in names)
