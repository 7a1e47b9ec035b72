"""Synthetic logs: people on several networks whose true rates are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from influence_graph.behaviour.audience import (
    FloatArray,
    IntArray,
    RandomState,
    check,
    pareto,
    synthetic_audience,
)
from influence_graph.behaviour.posting import (
    DAY,
    microseconds,
    post_times,
    reaction_delays,
    unit_lognormal,
)
from influence_graph.errors import ConfigError
from influence_graph.interactions.log import POST, STATES, Interactions
from influence_graph.interactions.read import read_interactions

if TYPE_CHECKING:
    from scipy.sparse import csr_array

#: Raised when equal arguments come to give other rows.
VERSION = 1

START = datetime(2024, 1, 1, tzinfo=UTC)
KINDS: Mapping[str, float] = {"like": 0.6, "retweet": 0.2, "reply": 0.15, "mention": 0.05}


@dataclass(frozen=True, eq=False)
class SyntheticLog:
    """A synthetic log and the truth it was drawn from.

    Attributes
    ----------
    interactions : Interactions
        The log: posts, reactions and, if asked for, follows.
    truth : polars.DataFrame
        One row an account, sorted by id and network: ``id``, ``network``, ``community``, ``quality`` and
        ``responsiveness`` (mean 1 over people), ``popularity`` (of which audiences are drawn),
        ``followers``, ``posts_per_day``, ``expected_posts`` and ``expected_reactions`` (over the
        whole log, given audience and traits).
    identities : polars.DataFrame
        ``network``, ``account``, ``person``: which account in the log is whose. With shared ids, account
        and person are the same.
    """

    interactions: Interactions
    truth: pl.DataFrame
    identities: pl.DataFrame

    def people(self) -> pl.DataFrame:
        """Return the truth with one row a person, sorted by id: sums over networks, traits once.

        Examples
        --------
        >>> log = make_log(people=200, days=10, rng=1)
        >>> log.people().height
        200
        """
        sums = ["followers", "posts_per_day", "expected_posts", "expected_reactions"]
        traits = ["community", "quality", "responsiveness", "popularity"]
        return self.truth.group_by("id", maintain_order=True).agg(
            pl.len().alias("networks"), pl.col(traits).first(), pl.col(sums).sum()
        )


def make_log(
    *,
    people: int = 2_000,
    days: int = 90,
    networks: Sequence[str] = ("microblog", "video", "forum"),
    membership: float = 0.5,
    mean_degree: float = 15.0,
    exponent: float = 2.3,
    communities: int | None = None,
    mixing: float = 0.25,
    reciprocity: float = 0.22,
    posts_per_day: float = 0.5,
    reaction_chance: float = 0.05,
    kinds: Mapping[str, float] | None = None,
    activity_spread: float = 1.2,
    quality_spread: float = 0.5,
    responsiveness_spread: float = 1.0,
    tie_spread: float = 1.0,
    rhythm: float = 0.6,
    longest_delay: float = 7.0,
    follows: bool = True,
    shared_ids: bool = True,
    rng: RandomState = 0,
) -> SyntheticLog:
    r"""Draw a log of posts and reactions in which everybody's true rate is known.

    1. Each person has an account on each network with chance ``membership``, and on one at least.
    2. On each network the accounts follow each other: :func:`~influence_graph.behaviour.audience.synthetic_audience`,
       with popularity and community of a person the same everywhere.
    3. Account i posts as a Poisson process of rate aᵢ (log-normal over people, split over the networks of
       a person at random), at times of day of a given rhythm.
    4. A follower f reacts to a post of i once or not at all, with chance
       pᵢf = 1 − exp(−c·qᵢ·r_f·s_fi): quality q of the author, responsiveness r of the reader, strength s
       of the tie, all log-normal with mean 1; c is ``reaction_chance``.
    5. The kind of a reaction is drawn from ``kinds``, its delay from the law measured on Twitter.

    So the number of reactions to i on a network has the expectation aᵢ·days·Σ_f pᵢf, which ``truth`` holds as
    ``expected_reactions``. Nobody passes posts on: a retweet is a reaction and reaches no one further.

    With such a truth, counting reactions is the efficient estimate by construction, and no method can
    be shown to see more than a count does; take ``quality``, or what follows a cut-off date, for other questions.
    Quality, popularity, activity and responsiveness are independent of each other.

    Parameters
    ----------
    people : int, optional
        How many, at least 1.
    days : int, optional
        Days over which posts are spread, at least 1. Reactions may come up to ``longest_delay`` later.
    networks : sequence of str, optional
        Names of the networks, at least one.
    membership : float, optional
        Chance, 0 to 1, of an account on each network. Who would have none gets one, drawn at random.
    mean_degree, exponent, mixing, reciprocity : float, optional
        Of the audiences: see ``synthetic_audience``. Accounts on a network follow ``mean_degree`` others
        on average.
    communities : int or None, optional
        How many communities people are spread over, equally likely; None: one for every 250 people.
    posts_per_day : float, optional
        Posts of a person a day, over all networks, on average over people.
    reaction_chance : float, optional
        Expected reactions, at least 0, of an average follower to an average post. Romero et al. (2011)
        find that the average user retweets one in 318 of the links seen; likes are more frequent. Sweep it.
    kinds : mapping of str to float, optional
        Shares of the kinds of reaction; only ratios count. Default: like 0.6, retweet 0.2, reply 0.15,
        mention 0.05. A ``mention`` is written without ``parent``.
    activity_spread, quality_spread, responsiveness_spread, tie_spread : float, optional
        Standard deviations of the logarithms of the traits, at least 0.
    rhythm : float, optional
        Amplitude of the daily rhythm of posts, 0 to 1: see ``post_times``.
    longest_delay : float, optional
        Days after a post up to which reactions come.
    follows : bool, optional
        Whether to write a ``follow`` row for each tie, at the start of the log.
    shared_ids : bool, optional
        Whether a person's accounts have the same id on every network. If not, account names differ and
        ``identities`` tells whose they are.
    rng : int, numpy.random.SeedSequence, numpy.random.Generator or None, optional
        Seed or generator. Equal arguments and seed give equal rows.

    Returns
    -------
    SyntheticLog
        The log, the truth, the identities.

    Raises
    ------
    ConfigError
        If a parameter is out of range, or the ties asked for do not fit.

    Notes
    -----
    Time and memory are linear, up to a logarithm, in rows; each part draws from a stream of its own.

    References
    ----------
    - D. Romero, W. Galuba, S. Asur, B. Huberman (2011). Influence and passivity in social media.
      ECML PKDD 2011. doi 10.1007/978-3-642-23808-6_2
    - Those of ``synthetic_audience``, ``unit_lognormal`` and ``reaction_delays``.

    Examples
    --------
    >>> log = make_log(people=300, days=30, rng=1)
    >>> sorted(log.interactions.frame.collect()["kind"].unique())
    ['follow', 'like', 'mention', 'post', 'reply', 'retweet']
    >>> log.people().select(pl.col("expected_posts").sum() > 0).item()
    True
    """
    shares = dict(KINDS if kinds is None else kinds)
    names = [networks] if isinstance(networks, str) else list(networks)
    _check(
        people=people,
        days=days,
        names=names,
        shares=shares,
        membership=membership,
        at_least_zero={
            "posts_per_day": posts_per_day,
            "reaction_chance": reaction_chance,
            "activity_spread": activity_spread,
            "quality_spread": quality_spread,
            "responsiveness_spread": responsiveness_spread,
            "tie_spread": tie_spread,
        },
        rhythm=rhythm,
        longest_delay=longest_delay,
        communities=communities,
        exponent=exponent,
    )
    on_members, on_traits, *on_networks = np.random.default_rng(rng).spawn(2 + len(names))
    member = _members(people, len(names), membership, on_members)
    community = on_traits.integers(max(1, people // 250) if communities is None else communities, size=people)
    popularity = pareto(on_traits.random(people), exponent)
    activity = posts_per_day * unit_lognormal(people, activity_spread, on_traits)
    quality = unit_lognormal(people, quality_spread, on_traits)
    responsiveness = unit_lognormal(people, responsiveness_spread, on_traits)
    # Exponential shares, normalised, are uniform over all ways to split one's time (flat Dirichlet).
    split = on_traits.standard_exponential(member.shape) * member
    rates = activity[:, None] * split / split.sum(axis=1, keepdims=True)

    parts: list[_Rows] = []
    truths: list[pl.DataFrame] = []
    for number, (name, stream) in enumerate(zip(names, on_networks, strict=True)):
        on_audience, on_ties, on_posts, on_reactions = stream.spawn(4)
        who = np.flatnonzero(member[:, number])
        audience = synthetic_audience(
            len(who),
            mean_degree=mean_degree,
            exponent=exponent,
            communities=community[who],
            mixing=mixing,
            reciprocity=reciprocity,
            popularity=popularity[who],
            rng=on_audience,
        )
        followers, ends, reader = _by_author(audience)
        author = np.repeat(np.arange(len(who)), followers)
        chance = reaction_chance * quality[who][author] * responsiveness[who][reader]
        chance *= unit_lognormal(len(reader), tie_spread, on_ties)

        rate = rates[who, number]
        writer = np.repeat(np.arange(len(who)), on_posts.poisson(rate * days))
        posted = microseconds(post_times(len(writer), days=days, rhythm=rhythm, rng=on_posts))
        post, tie = _reactions(writer, chance, followers, ends, on_reactions)
        delay = reaction_delays(len(post), longest=longest_delay * DAY, rng=on_reactions)
        weights = np.array(list(shares.values()), dtype=np.float64)
        kind = on_reactions.choice(len(shares), size=len(post), p=weights / weights.sum())
        if follows:
            parts.append(_Rows(number, _FOLLOW, who[reader], who[author], np.zeros(len(reader), dtype=np.int64)))
        parts.append(_Rows(number, _POST, who[writer], None, posted, item=np.arange(len(writer))))
        parts.append(
            _Rows(number, kind, who[reader[tie]], who[writer[post]], posted[post] + microseconds(delay), parent=post)
        )
        # Who reacts at most once a post does so with chance 1 − exp(−λ).
        per_post = np.bincount(author, weights=-np.expm1(-chance), minlength=len(who))
        truths.append(
            pl.DataFrame(
                {
                    "id": who,
                    "network": np.full(len(who), number),
                    "community": community[who],
                    "quality": quality[who],
                    "responsiveness": responsiveness[who],
                    "popularity": popularity[who],
                    "followers": followers,
                    "posts_per_day": rate,
                    "expected_posts": rate * days,
                    "expected_reactions": rate * days * per_post,
                }
            )
        )
    return _assemble(parts, truths, people, names, list(shares), shared_ids)


_POST, _FOLLOW = -1, -2


@dataclass(frozen=True)
class _Rows:
    """Rows of one network: people by number, times in microseconds since the start."""

    network: int
    kind: int | IntArray
    source: IntArray
    target: IntArray | None
    time: IntArray
    item: IntArray | None = None
    parent: IntArray | None = None


def _check(
    *,
    people: int,
    days: int,
    names: list[str],
    shares: dict[str, float],
    membership: float,
    at_least_zero: dict[str, float],
    rhythm: float,
    longest_delay: float,
    communities: int | None,
    exponent: float,
) -> None:
    check(people >= 1, "people", people, "at least 1")
    check(days >= 1 and days == int(days), "days", days, "a whole number, at least 1")
    check(0 < len(names) == len(set(names)), "networks", names, "names, at least one, each once")
    check(0 <= membership <= 1, "membership", membership, "between 0 and 1")
    for name, value in at_least_zero.items():
        check(0 <= value < np.inf, name, value, "finite and at least 0")
    check(0 <= rhythm <= 1, "rhythm", rhythm, "between 0 and 1")
    check(0 < longest_delay < np.inf, "longest_delay", longest_delay, "days, finite and above 0")
    check(communities is None or communities >= 1, "communities", communities, "at least 1")
    check(exponent > 1, "exponent", exponent, "above 1")
    for kind, share in shares.items():
        check(0 <= share < np.inf, f"kinds[{kind!r}]", share, "finite and at least 0")
        if kind == POST or kind in STATES:
            raise ConfigError(f"kinds has {kind!r}, which is no reaction. Name kinds such as {list(KINDS)}.")
    check(sum(shares.values()) > 0, "kinds", shares, "a mapping with a share above 0")


def _members(people: int, networks: int, membership: float, rng: np.random.Generator) -> np.ndarray:
    member = rng.random((people, networks)) < membership
    fallback = rng.integers(networks, size=people)
    nowhere = np.flatnonzero(~member.any(axis=1))
    member[nowhere, fallback[nowhere]] = True
    return member


def _by_author(audience: csr_array) -> tuple[IntArray, IntArray, IntArray]:
    """Return followers a person, where each person's ties end, and the reader of each tie, by author."""
    columns = audience.tocsc()
    columns.sort_indices()
    ends = columns.indptr[1:].astype(np.int64)
    return np.diff(columns.indptr).astype(np.int64), ends, columns.indices.astype(np.int64)


def _reactions(
    writer: IntArray, chance: FloatArray, followers: IntArray, ends: IntArray, rng: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Return post and tie of each reaction, each pair once, sorted.

    Reactions to a post are Poisson with the sum of λ over the author's ties, thrown on them in proportion
    to λ: then each tie is hit Poisson(λ) times, and keeping one hit leaves a chance of 1 − exp(−λ).
    """
    cumulated = np.concatenate([[0.0], np.cumsum(chance)])
    high, low = cumulated[ends], cumulated[ends - followers]
    post = np.repeat(np.arange(len(writer)), rng.poisson((high - low)[writer]))
    author = writer[post]
    mass = low[author] + rng.random(len(post)) * (high - low)[author]
    tie = np.searchsorted(cumulated, mass, side="right") - 1
    tie = np.clip(tie, (ends - followers)[author], ends[author] - 1)
    ties = max(len(chance), 1)
    once = np.unique(post * ties + tie)
    return once // ties, once % ties


def _assemble(
    parts: list[_Rows],
    truths: list[pl.DataFrame],
    people: int,
    names: list[str],
    kinds: list[str],
    shared_ids: bool,
) -> SyntheticLog:
    """Name people, networks, kinds and posts, and sort the rows by time."""
    network = pl.Series(names, dtype=pl.String)
    words = pl.Series([*kinds, "follow", POST], dtype=pl.String)
    person = pl.select(pl.format("p{}", pl.int_range(people).cast(pl.String).str.zfill(len(str(people - 1)))))
    people_names = person.to_series()

    def accounts(who: IntArray, where: IntArray | int) -> pl.Series:
        plain = people_names.gather(who)
        if shared_ids:
            return plain
        place = network.gather(np.broadcast_to(where, len(who)))
        return pl.select(pl.concat_str(place, plain, separator=":")).to_series()

    def posts(number: IntArray | None, where: int, rows: int) -> pl.Series:
        if number is None:
            return pl.repeat(None, rows, dtype=pl.String, eager=True)
        return pl.select(pl.format("{}/{}", pl.lit(names[where]), pl.Series(number))).to_series()

    frames = []
    for part in parts:
        rows = len(part.source)
        columns = {
            "source": accounts(part.source, part.network),
            "target": pl.repeat(None, rows, dtype=pl.String, eager=True)
            if part.target is None
            else accounts(part.target, part.network),
            "kind": words.gather(np.broadcast_to(np.asarray(part.kind) % len(words), rows)),
            "network": pl.repeat(names[part.network], rows, dtype=pl.String, eager=True),
            "timestamp": pl.Series(part.time).cast(pl.Duration("us")) + START,
            "item": posts(part.item, part.network, rows),
            "parent": posts(part.parent, part.network, rows),
        }
        # A mention is written elsewhere than under the post.
        parent = pl.when(pl.col("kind") != "mention").then(pl.col("parent"))
        frames.append(pl.DataFrame(columns).with_columns(parent=parent))
    order = np.argsort(np.concatenate([part.time for part in parts]), kind="stable")
    truth = pl.concat(truths).sort("id", "network")
    who, where = truth["id"].to_numpy(), truth["network"].to_numpy()
    identities = {"network": network.gather(where), "account": accounts(who, where), "person": people_names.gather(who)}
    return SyntheticLog(
        read_interactions(pl.concat(frames)[order]),
        truth.with_columns(people_names.gather(who).alias("id"), network.gather(where).alias("network")),
        pl.DataFrame(identities),
    )
