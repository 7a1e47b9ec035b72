"""Ids that other programs have bent or that people write in several ways, and words that stand for none."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from influence_graph.errors import counted

#: Words by which pandas, R, SQL and PostgreSQL write that there is no value.
MISSING = (
    *("nan", "NaN", "NAN", "NULL", "Null", "null", "None", "NA", "N/A", "n/a"),
    *("<NA>", "#N/A", "NaT", r"\N"),
)
#: Ids that stand for many people whose accounts are gone.
GONE = ("[deleted]", "[removed]", "[suspended]", "[unavailable]", "<deleted>", "(deleted)")
#: What ids may be folded over, in the order in which it is done.
FOLDS = ("unicode", "invisible", "space", "quotes", "at", "case", "zeros")
#: Text as Excel keeps it from becoming a number: ="007".
FORMULA = r'^="([^"]*)"$'
#: A whole number with .0 behind it, as pandas writes one in a column with gaps: up to 16 digits are exact.
BENT = rf"^-?(?:0|[1-9]\d{{0,15}})\.0+$|{FORMULA}"
#: The same, or a whole number, with spaces around it, as where a space follows each comma.
BENT_OR_PADDED = (
    r"^\s*-?(?:0|[1-9]\d{0,15})\.0+\s*$|^-?(?:0|[1-9]\d*)\s+$|^\s+-?(?:0|[1-9]\d*)\s*$" rf"|{FORMULA}"
)
#: A number as Excel, R and pandas write a long one: only its first digits are there.
LOST = r"^\s*-?(?:\d[.,]\d+[eE]\+?\d{2,}|\d[eE]\+\d{2,}|\d{17,}\.0+)\s*$"
#: Quotation marks around an id, or the one before it by which Excel keeps text.
_QUOTES = r"""^(\s*)(?:['"‘’‚‛“”„«‹]+(.*?)['"‘’‚‛“”„»›]*)(\s*)$"""
#: Zeros, and a plus, before a whole number.
_ZEROS = r"^(\s*)(?:\+0*|0+)(\d+\s*)$"
#: Format characters (zero width, direction, soft hyphen, byte-order mark), control characters, odd spaces.
_INVISIBLE = r"[\p{Cf}\p{Cc}]"
#: Ids that folding may change.
_FOLDED_TO_OTHERS = r"[A-Z@\s\x00-\x1f\x7f]|[^\x00-\x7f]|\.0$|^[\"'+]|^0\d"
#: Networks of other case that are named.
_NAMED = 4
_WORDS = {
    "unicode": "their Unicode form",
    "invisible": "invisible characters",
    "space": "spaces at their ends",
    "quotes": "quotation marks around them",
    "at": "an @ before them",
    "zeros": "a plus and zeros before a number",
    "case": "upper and lower case",
}


def may_be_bent(text: pl.Expr) -> pl.Expr:
    """Whether text may be a number that was bent; cheaper than the patterns, and true wherever they match.

    Examples
    --------
    >>> pl.DataFrame({"id": ["7.0", "1.2E+18", "ann"]}).select(may_be_bent(pl.col("id")))["id"].to_list()
    [True, True, False]
    """
    return text.str.contains_any([".0", "e+", "E+", "e1", "E1", '="'])


def mend(text: pl.Expr, *, padded: bool = True) -> pl.Expr:
    """Return ids with whole numbers as whole numbers: ``985401.0`` is 985401.

    Parameters
    ----------
    text : polars.Expr
        Ids as text.
    padded : bool
        Whether spaces around a number are none of the id: not so in quoted text.

    Examples
    --------
    >>> pl.DataFrame({"id": [" 7.0", "007", "ann"]}).select(mend(pl.col("id"))).to_series().to_list()
    ['7', '007', 'ann']
    """
    number = text.str.strip_chars().str.replace(r"\.0+$", "").str.replace(FORMULA, "${1}")
    return pl.when(text.str.contains(BENT_OR_PADDED if padded else BENT)).then(number).otherwise(text)


def fold(text: pl.Expr, over: Sequence[str]) -> pl.Expr:
    """Return ids without the differences named.

    Parameters
    ----------
    text : polars.Expr
        Ids as text.
    over : sequence of str
        Of ``FOLDS``.

    Examples
    --------
    >>> pl.DataFrame({"id": ["@Ann ", "ann"]}).select(fold(pl.col("id"), FOLDS)).to_series().to_list()
    ['ann', 'ann']
    """
    for how in FOLDS:
        if how not in over:
            continue
        if how == "unicode":
            text = text.str.normalize("NFKC")
        elif how == "invisible":
            text = text.str.replace_all(_INVISIBLE, "")
        elif how == "space":
            text = text.str.strip_chars()
        elif how == "quotes":
            text = text.str.replace(_QUOTES, "${1}${2}${3}")
        elif how == "zeros":
            text = text.str.replace(_ZEROS, "${1}${2}")
        elif how == "at":
            text = text.str.replace(r"^(\s*)[@＠]+", "${1}")
        else:
            text = text.str.to_lowercase()
    return text


def spelling_notes(people: pl.Series, folded: Sequence[str] = ()) -> list[str]:
    """Return a note on ids that are one if differences of spelling are folded.

    Parameters
    ----------
    people : polars.Series
        Distinct ids, as text.
    folded : sequence of str
        What has been folded already.

    Notes
    -----
    One pass over the distinct ids, O(n).

    Examples
    --------
    >>> spelling_notes(pl.Series(["ann", "@Ann", "bea"]))
    ["2 ids are one if an @ before them and upper and lower case don't count: '@Ann' and 'ann'; ..."]
    """
    people = people.drop_nulls()
    # Folding leaves other ids as they are, so only these can be one with another.
    changed = people.filter(people.str.contains(_FOLDED_TO_OTHERS)).to_frame("id")
    if changed.is_empty():
        return []
    changed = changed.with_columns(key=_key(changed["id"]))
    plain = (
        people.filter(people.is_in(changed["key"].implode())).to_frame("id").with_columns(key=pl.col("id"))
    )
    table = pl.concat([changed, plain.join(changed, on="id", how="anti")])
    alike = table.filter(pl.col("key").is_duplicated()).sort("key", "id")
    if alike.is_empty():
        return []
    several = alike["key"].n_unique()
    how = [one for one in FOLDS if one not in folded and _needed(alike, one)]
    if not how:  # a tab at the end is a space and a control character: each of two folds will do
        how = [one for one in FOLDS if one not in folded and _does(alike, one)][:1]
    told = " and ".join(_WORDS[one] for one in how) or "a .0 behind them"
    first = alike.filter(pl.col("key") == alike["key"][0])["id"][:2].to_list()
    are = counted(len(alike), "id is", "ids are")
    one = "one" if several == 1 else f"{several:,}"
    remedy = f"; fold={','.join(how)!r} makes them {'one' if several == 1 else 'so'}" if how else ""
    return [f"{are} {one} if {told} don't count: {first[0]!r} and {first[1]!r}{remedy}"]


def _key(ids: pl.Series) -> pl.Series:
    """Return ids with all differences of spelling folded; most ids are ASCII, which has but one form."""
    ascii_only = bool((ids.str.len_bytes() == ids.str.len_chars()).all())
    over = [how for how in FOLDS if how != "unicode" or not ascii_only]
    return ids.to_frame("id").select(fold(mend(pl.col("id"), padded=False), over)).to_series()


def _needed(alike: pl.DataFrame, how: str) -> bool:
    """Whether ids are still several if everything but this is folded."""
    others = [one for one in FOLDS if one != how]
    keys = alike.select("key", rest=fold(mend(pl.col("id"), padded=False), others)).unique()
    return keys.height > alike["key"].n_unique()


def _does(alike: pl.DataFrame, how: str) -> bool:
    """Whether ids are as few if this alone is folded."""
    keys = alike.select(fold(mend(pl.col("id"), padded=False), [how]).unique())
    return keys.height == alike["key"].n_unique()


def same_names(networks: Sequence[str]) -> list[str]:
    """Return a note on networks that differ by case or spaces only.

    Examples
    --------
    >>> same_names(["Twitter", "twitter", "x"])
    ["the networks 'Twitter' and 'twitter' differ by case or spaces only, and are read as several; ..."]
    """
    groups: dict[str, list[str]] = {}
    for network in networks:
        groups.setdefault(network.strip().casefold(), []).append(network)
    alike = [names for names in groups.values() if len(names) > 1]
    return [
        f"the networks {' and '.join(map(repr, names))} differ by case or spaces only, and are read as "
        f"several; write them alike if they are one"
        for names in alike[:_NAMED]
    ]


def gone_notes(people: pl.Series) -> list[str]:
    """Return a note for each id that stands for many people.

    Examples
    --------
    >>> gone_notes(pl.Series(["ann", "[deleted]"]))
    ["the id '[deleted]' stands for many people whose accounts are gone; leave_out='[deleted]' ..."]
    """
    found = people.filter(people.is_in(list(GONE))).sort()
    many = "stands for many people whose accounts are gone"
    return [f"the id {name!r} {many}; leave_out={name!r} leaves its rows out" for name in found]
