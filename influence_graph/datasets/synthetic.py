"""Synthetic logs of people on several networks, with known rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl

from influence_graph.arrays import BoolArray, FloatArray, IntArray
from influence_graph.behaviour.audience import check, pareto, synthetic_audience
from influence_graph.behaviour.posting import DAY, post_times, reaction_delays, unit_lognormal
from influence_graph.behaviour.reacting import draw_reactions, ties_by_author
from influence_graph.counter_rng import Rng
from influence_graph.datasets.numbered_rows import Names, NumberedRows, log_frame
from influence_graph.errors import ConfigError
from influence_graph.interactions.log import POST, STATES, Interactions
from influence_graph.interactions.read import read_interactions
from influence_graph.limits import check_limits

#: Increased when equal arguments and seed give different rows.
VERSION = 1

START = datetime(2024, 1, 1, tzinfo=UTC)
KINDS: Mapping[str, float] = {"like": 0.6, "retweet": 0.2, "reply": 0.15, "mention": 0.05}


@dataclass(frozen=True, eq=False)
class SyntheticLog:
    """A synthetic log and its true rates.

    Attributes
    ----------
    interactions : Interactions
        The log: posts, reactions and, with ``follows=True``, follows.
    truth : polars.DataFrame
        One row per account, sorted by id, then by network in the order of the parameter: ``id``,
        ``network``, ``community``, ``quality`` and ``responsiveness`` (mean 1 over people), ``popularity``
        (from which audiences are drawn), ``followers``, ``posts_per_day``, ``expected_posts`` and
        ``expected_reactions`` (over the whole log, given audience and traits).
    identities : polars.DataFrame
        ``network``, ``account``, ``person``: the person of each account in the log. With shared ids,
        account and person are the same.
    """

    interactions: Interactions
    truth: pl.DataFrame
    identities: pl.DataFrame

    def people(self) -> pl.DataFrame:
        """Return the truth with one row per person, sorted by id: rates summed over networks, and traits.

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
    networks: Sequence[str] | str = ("microblog", "video", "forum"),
    membership: float = 0.5,
    mean_degree: float | None = None,
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
    rng: Rng = 0,
) -> SyntheticLog:
    r"""Draw a log of posts and reactions with known rates.

    1. Each person has an account on each network with probability ``membership``, and on at least one.
    2. The follower graph of each network is drawn by ``synthetic_audience``; popularity and community of a
       person are the same on all networks.
    3. Account i posts as a Poisson process of rate aᵢ (log-normal over people, divided over the networks of
       a person at random) with a daily rhythm.
    4. A follower f reacts at most once to a post of i, with probability
       pᵢf = 1 − exp(−c·qᵢ·r_f·s_fi): quality q of the author, responsiveness r of the reader, strength s
       of the tie, all log-normal with mean 1; c is ``reaction_chance``.
    5. The kind of a reaction is drawn from ``kinds``, its delay from the distribution measured on Twitter.

    So the expected number of reactions to i on a network is aᵢ·days·Σ_f pᵢf, the column
    ``expected_reactions`` of ``truth``. There are no cascades: a retweet is a reaction without followers of
    its own.

    For these rates the count of reactions is the efficient estimator by construction, so no method can do
    better than a count. For other questions use ``quality``, or predict events after a cut-off date. Quality,
    popularity, activity and responsiveness are independent, which they are not in real networks (Muchnik et
    al. 2013: audiences grow with activity).

    Parameters
    ----------
    people : int, optional
        Number of people, at least 1.
    days : int, optional
        Days over which posts are spread, at least 1. Reactions may come up to ``longest_delay`` later.
    networks : sequence of str, or str, optional
        Names of the networks, at least one.
    membership : float, optional
        Probability, 0 to 1, of an account on each network. A person without any gets one at random.
    mean_degree : float or None, optional
        Mean number of followed accounts, and so of followers. None: 15, or an eighth of the other accounts
        on the network if that is less.
    exponent, mixing, reciprocity : float, optional
        Parameters of ``synthetic_audience``.
    communities : int or None, optional
        Number of communities of equal probability; None: people // 250, at least 1.
    posts_per_day : float, optional
        Posts of a person a day, over all networks, on average over people.
    reaction_chance : float, optional
        Rate, at least 0, at which an average follower reacts to an average post. Romero et al. (2011) find
        that the average user retweets one in 318 of the links seen; likes are more frequent. Sweep it.
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
        Whether to add a ``follow`` row for each tie, at the start of the log.
    shared_ids : bool, optional
        Whether a person's accounts have the same id on every network. If not, ``identities`` maps accounts
        to people.
    rng : int, numpy.random.SeedSequence, numpy.random.Generator or None, optional
        Seed or generator. Equal arguments and seed give equal rows.

    Returns
    -------
    SyntheticLog
        The log, the truth, the identities.

    Raises
    ------
    ConfigError
        If a parameter is out of range, or there are not enough pairs for the ties.

    Notes
    -----
    Time and memory O(r log r) for r rows. Each component has its own random stream.

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
    given = _Parameters(**{name: value for name, value in locals().items() if name != "rng"})
    names = Names(people, given.network_names, [*given.shares, "follow", POST], shared_ids)
    on_members, on_traits, *on_networks = np.random.default_rng(rng).spawn(2 + len(names.networks))
    member = _members(people, len(names.networks), membership, on_members)
    traits = _draw_traits(given, member, on_traits)
    parts: list[NumberedRows] = []
    truths: list[pl.DataFrame] = []
    for number, stream in enumerate(on_networks):
        who = np.flatnonzero(member[:, number])
        if len(who):
            rows, truth_there = _draw_network(given, traits, who, number, stream)
            parts += rows
            truths.append(truth_there)

    # A mention does not reference the post.
    parent = pl.when(pl.col("kind") != "mention").then(pl.col("parent"))
    frame = log_frame(parts, names, START).with_columns(parent=parent)
    if frame.is_empty():
        raise ConfigError("Nobody posted or follows anybody: raise posts_per_day, days or mean_degree.")
    truth = pl.concat(truths).sort("id", "network")
    person, network = truth["id"].to_numpy(), truth["network"].to_numpy()
    name, ids = names.network_names(network, len(network)), names.persons(person)
    return SyntheticLog(
        read_interactions(frame),
        truth.with_columns(ids.alias("id"), name.alias("network")),
        pl.DataFrame({"network": name, "account": names.accounts(person, network), "person": ids}),
    )


@dataclass(frozen=True)
class _Parameters:
    """The parameters of ``make_log`` but for ``rng``; a ConfigError if one is out of range."""

    people: int
    days: int
    networks: Sequence[str] | str
    membership: float
    mean_degree: float | None
    exponent: float
    communities: int | None
    mixing: float
    reciprocity: float
    posts_per_day: float
    reaction_chance: float
    kinds: Mapping[str, float] | None
    activity_spread: float
    quality_spread: float
    responsiveness_spread: float
    tie_spread: float
    rhythm: float
    longest_delay: float
    follows: bool
    shared_ids: bool

    def __post_init__(self) -> None:
        names, shares = self.network_names, self.shares
        check_limits(vars(self))
        check(self.people >= 1, "people", self.people, "at least 1")
        check(self.days >= 1 and self.days % 1 == 0, "days", self.days, "a whole number, at least 1")
        check(0 < len(names) == len(set(names)), "networks", names, "names, at least one, each once")
        check(0 <= self.membership <= 1, "membership", self.membership, "between 0 and 1")
        for name in (
            "posts_per_day",
            "reaction_chance",
            "activity_spread",
            "quality_spread",
            "responsiveness_spread",
            "tie_spread",
        ):
            check(0 <= getattr(self, name) < np.inf, name, getattr(self, name), "finite and at least 0")
        check(0 <= self.rhythm <= 1, "rhythm", self.rhythm, "between 0 and 1")
        communities, longest = self.communities, self.longest_delay
        check(0 < longest < np.inf, "longest_delay", longest, "days, finite and above 0")
        check(communities is None or communities >= 1, "communities", communities, "at least 1")
        check(self.exponent > 1, "exponent", self.exponent, "above 1")
        for kind, share in shares.items():
            check(0 <= share < np.inf, f"kinds[{kind!r}]", share, "finite and at least 0")
            if kind == POST or kind in STATES:
                raise ConfigError(
                    f"kinds has {kind!r}, which is no reaction. Name kinds such as {list(KINDS)}."
                )
        check(sum(shares.values()) > 0, "kinds", shares, "a mapping with a share above 0")

    @property
    def network_names(self) -> list[str]:
        return [self.networks] if isinstance(self.networks, str) else list(self.networks)

    @property
    def shares(self) -> dict[str, float]:
        return dict(KINDS if self.kinds is None else self.kinds)


@dataclass(frozen=True)
class _Traits:
    """Traits of n people, shape (n,); ``rate`` is posts a day, shape (n, networks)."""

    community: IntArray
    popularity: FloatArray
    quality: FloatArray
    responsiveness: FloatArray
    rate: FloatArray


def _draw_traits(given: _Parameters, member: BoolArray, rng: np.random.Generator) -> _Traits:
    people = given.people
    activity = given.posts_per_day * unit_lognormal(people, given.activity_spread, rng)
    # Normalised exponentials are uniform over the simplex (flat Dirichlet).
    split = rng.standard_exponential(member.shape) * member
    communities = max(1, people // 250) if given.communities is None else given.communities
    return _Traits(
        community=rng.integers(communities, size=people),
        popularity=pareto(rng.random(people), given.exponent),
        quality=unit_lognormal(people, given.quality_spread, rng),
        responsiveness=unit_lognormal(people, given.responsiveness_spread, rng),
        rate=activity[:, None] * split / split.sum(axis=1, keepdims=True),
    )


def _draw_network(
    given: _Parameters, traits: _Traits, who: IntArray, number: int, rng: np.random.Generator
) -> tuple[list[NumberedRows], pl.DataFrame]:
    """Return the interactions of the people ``who`` on one network, and their true rates there."""
    on_audience, on_ties, on_posts, on_reactions = rng.spawn(4)
    audience = synthetic_audience(
        len(who),
        mean_degree=min(15.0, (len(who) - 1) / 8) if given.mean_degree is None else given.mean_degree,
        exponent=given.exponent,
        communities=traits.community[who],
        mixing=given.mixing,
        reciprocity=given.reciprocity,
        popularity=traits.popularity[who],
        rng=on_audience,
    )
    bounds, reader = ties_by_author(audience)
    author = np.repeat(np.arange(len(who)), np.diff(bounds))
    chance = given.reaction_chance * traits.quality[who[author]] * traits.responsiveness[who[reader]]
    chance *= unit_lognormal(len(reader), given.tie_spread, on_ties)

    writer = np.repeat(np.arange(len(who)), on_posts.poisson(traits.rate[who, number] * given.days))
    posted = _microseconds(post_times(len(writer), days=given.days, rhythm=given.rhythm, rng=on_posts))
    post, tie = draw_reactions(writer, bounds, chance, on_reactions)
    delay = _microseconds(reaction_delays(len(post), longest=given.longest_delay * DAY, rng=on_reactions))
    weights = np.array(list(given.shares.values()), dtype=np.float64)
    kind = on_reactions.choice(len(weights), size=len(post), p=weights / weights.sum())

    follow_kind, post_kind = len(weights), len(weights) + 1
    at_start = np.zeros(len(reader), dtype=np.int64)
    follows = NumberedRows(number, follow_kind, who[reader], who[author], at_start)
    rows = [
        *([follows] if given.follows else []),
        NumberedRows(number, post_kind, who[writer], None, posted, item=np.arange(len(writer))),
        NumberedRows(number, kind, who[reader[tie]], who[writer[post]], posted[post] + delay, parent=post),
    ]
    expected = np.bincount(author, weights=-np.expm1(-chance), minlength=len(who)).astype(np.float64)
    return rows, _truth(traits, who, number, given.days, np.diff(bounds), expected)


def _microseconds(seconds: FloatArray) -> IntArray:
    """Return seconds in whole microseconds, the resolution of a log."""
    return np.rint(seconds * 1e6).astype(np.int64)


def _truth(
    traits: _Traits, who: IntArray, number: int, days: int, followers: IntArray, per_post: FloatArray
) -> pl.DataFrame:
    rate = traits.rate[who, number]
    return pl.DataFrame(
        {
            "id": who,
            "network": np.full(len(who), number),
            "community": traits.community[who],
            "quality": traits.quality[who],
            "responsiveness": traits.responsiveness[who],
            "popularity": traits.popularity[who],
            "followers": followers,
            "posts_per_day": rate,
            "expected_posts": rate * days,
            "expected_reactions": rate * days * per_post,
        }
    )


def _members(people: int, networks: int, membership: float, rng: np.random.Generator) -> BoolArray:
    member = rng.random((people, networks)) < membership
    fallback = rng.integers(networks, size=people)
    nowhere = np.flatnonzero(~member.any(axis=1))
    member[nowhere, fallback[nowhere]] = True
    return member
