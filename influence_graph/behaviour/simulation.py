"""One simulated history: people post, see, react, answer, follow and leave, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from scipy.sparse import csr_array

from influence_graph.arrays import FloatArray, IntArray
from influence_graph.behaviour.answering import answers, pod_reactions
from influence_graph.behaviour.attention import Exposures, emissions, in_flow, overload_factor, see_posts
from influence_graph.behaviour.audience import check
from influence_graph.behaviour.keyed_numbers import DELAY, PASSED_ON, uniforms
from influence_graph.behaviour.model import BehaviourModel
from influence_graph.behaviour.people import People
from influence_graph.behaviour.posting import DAY, Posts, delay_quantiles, draw_posts, effort_quality
from influence_graph.behaviour.reacting import LIKE, REPLY, RETWEET, react, reaction_kinds, reaction_rates
from influence_graph.behaviour.simulated_log import FOLLOW, MENTION, UNFOLLOW, Events, SimulatedLog
from influence_graph.behaviour.strategy import (
    ANSWERING,
    BAITING,
    PODDING,
    RATE,
    Steady,
    Strategy,
    effort_per_post,
    usual_positions,
    within_domain,
)
from influence_graph.behaviour.tie_change import join, leave, unfollow_hazard
from influence_graph.behaviour.ties import Ties, find_ties, make_ties
from influence_graph.errors import ConfigError
from influence_graph.interactions.log import Interactions

#: From the log so far to one score a person, shape (n,); ids are 0 to n − 1.
ScoreSeen: TypeAlias = Callable[[Interactions], FloatArray]
_POSTS = 40  # bits of a post's number beside a reader's


def simulate_people(
    audience: csr_array,
    people: People,
    model: BehaviourModel,
    *,
    steps: int,
    key: np.uint64,
    strategy: Strategy | None = None,
    start: FloatArray | None = None,
    pod: IntArray | None = None,
    score_seen: ScoreSeen | None = None,
    period: int = 10,
    window: int | None = None,
    latent: csr_array | None = None,
) -> SimulatedLog:
    """Simulate what people do on one network.

    Each step: people post (:func:`draw_posts`, with the effort left per post); readers see posts of whom
    they follow and what these passed on in the step before (:func:`see_posts`); they react
    (:func:`react`); authors answer (:func:`answers`), pods react; followers leave and join. Each period
    everybody sees a score, and the strategy changes positions. Every part is off by default.

    Parameters
    ----------
    audience : csr_array
        n×n: entry [u, v] if u follows v at the start.
    people : People
        Traits of the n people.
    model : BehaviourModel
        Parameters of the parts.
    steps : int
        Length, at least 1. A step is a day in the log.
    key : uint64
        Of the world: see :func:`world_key`. All random numbers come from it, keyed by person, step and use:
        who does the same draws the same, whatever others do.
    strategy : Strategy, optional
        Default: :class:`Steady`.
    start : array of float, shape (n, 4), optional
        Positions at the start: see :mod:`influence_graph.behaviour.strategy`. Default: the usual ones, with
        a tenth of the effort spent on answers; zeros: nobody answers.
    pod : array of int, shape (n,), optional
        The pod of each person, −1: none. Reactions in pods cost effort: see :class:`Gamer`.
    score_seen : callable, optional
        From the log so far to an array of shape (n,); needed by strategies that look at the score.
    period : int, optional
        Steps between looks at the score, at least 1.
    window : int, optional
        Only the last ``window`` steps are given to ``score_seen``. Default: all.
    latent : csr_array, optional
        n×n: who might come to follow whom.

    Returns
    -------
    SimulatedLog

    Raises
    ------
    ConfigError
        If a parameter is out of range, or the strategy needs a score and there is none.

    Notes
    -----
    Time O(steps · (m + exposures)), memory O(m + exposures of a step + posts + events).

    Examples
    --------
    >>> from influence_graph.behaviour import draw_people, synthetic_audience, world_key
    >>> people = draw_people(200, key=world_key(1, 0))
    >>> audience = synthetic_audience(200, mean_degree=8, rng=1)
    >>> log = simulate_people(audience, people, BehaviourModel(), steps=20, key=world_key(1, 0))
    >>> sorted(log.interactions().kinds)
    ['like', 'mention', 'post']
    """
    n = people.n
    check(audience.shape == (n, n), "audience", audience.shape, f"of shape {(n, n)}, one row a person")
    check(steps >= 1 and steps % 1 == 0, "steps", steps, "a whole number, at least 1")
    check(steps < 1 << 20, "steps", steps, "below 1,048,576")
    check(n < 1 << 23, "people", n, "fewer than 8,388,608")
    check(period >= 1 and period % 1 == 0, "period", period, "a whole number, at least 1")
    policy = Steady() if strategy is None else strategy
    if policy.needs_score and score_seen is None:
        raise ConfigError(
            f"{type(policy).__name__} looks at the score, and score_seen is not given. "
            "Give score_seen=, a function from Interactions to one number a person."
        )
    position = usual_positions(n) if start is None else np.asarray(start, dtype=np.float64)
    check(position.shape == (n, 4), "start", position.shape, f"of shape {(n, 4)}")
    check(bool((within_domain(position) == position).all()), "start", "outside", "within the domain")
    ties = make_ties(audience, latent=latent, spread=model.tie_spread, key=key)
    world = _World(people, model, ties, key, np.full(n, -1) if pod is None else np.asarray(pod))
    path = [position]
    for step in range(steps):
        if step and step % period == 0:
            seen = None
            if policy.needs_score and score_seen is not None:
                first = 0 if window is None else max(0, step - window)
                seen = seen_scores(world.log.interactions(first=first, items=False), n, score_seen)
            position = policy(step // period - 1, position, seen)
            path.append(position)
        world.advance(step, position)
    world.log.positions = np.stack(path)
    world.log.audience_reactions = np.stack(world.received)
    return world.log


def seen_scores(log: Interactions, n: int, score_seen: ScoreSeen) -> FloatArray:
    """Return the scores that people see, checked: finite, one a person.

    Raises
    ------
    ConfigError
        If the function returns anything else.
    """
    seen = np.asarray(score_seen(log), dtype=np.float64)
    check(seen.shape == (n,), "score_seen", seen.shape, f"one score a person, shape {(n,)}")
    check(bool(np.isfinite(seen).all()), "score_seen", "not finite", "finite")
    return seen


@dataclass
class _World:
    """The state of a simulation."""

    people: People
    model: BehaviourModel
    ties: Ties
    key: np.uint64
    pod: IntArray
    log: SimulatedLog = field(init=False)
    received: list[IntArray] = field(default_factory=list)
    counted: int = 0  # posts so far
    events: int = 0  # events so far
    shared: tuple[IntArray, IntArray] = (np.empty(0, np.int64), np.empty(0, np.int64))  # sender, post
    recent: list[IntArray] = field(default_factory=list)  # reader and post of reactions

    def __post_init__(self) -> None:
        self.log = SimulatedLog(self.people.n)

    def advance(self, step: int, position: FloatArray) -> None:
        """Simulate one step."""
        model, people, n = self.model, self.people, self.people.n
        posts = draw_posts(
            people.rate * np.exp(position[:, RATE]),
            effort_quality(people.quality, effort_per_post(position), exponent=model.effort),
            bait_share=position[:, BAITING],
            spread=model.post_spread,
            step=step,
            key=self.key,
        )
        self.log.posts.append(posts)
        live, first = self._live()
        seen, flow = self._see(step, live, first)
        hit, by_tie = self._react(step, seen, flow, live, first)
        author = live.author[seen.post[hit]]
        kind = reaction_kinds(
            seen.reader[hit], live.name[seen.post[hit]], retweets=model.retweets, replies=model.replies,
            key=self.key,
        )  # fmt: skip
        reader, post = seen.reader[hit], seen.post[hit] + first
        late = uniforms(self.key, DELAY, reader, step, live.name[seen.post[hit]])
        time = seen.time[hit] + delay_quantiles(late, longest=DAY) / DAY
        self.received.append(np.bincount(author, minlength=n))
        passed = kind == RETWEET
        self.shared = reader[passed], post[passed]
        self.recent.append((reader.astype(np.int64) << _POSTS) | post)
        self.counted += len(posts.author)
        parts = [Events(reader, author, kind, time, post)]
        parts.append(self._answer(step, position, parts[0], live.name[seen.post[hit]], by_tie))
        parts.append(self._pods(step, position, posts, self.recent[-1]))
        parts += self._change_ties(step, posts, seen, live)
        self.log.events.append(_stacked(parts))
        self.events += len(self.log.events[-1].source)

    def _live(self) -> tuple[Posts, int]:
        """Return the posts that can still be seen, and the number of the first."""
        lifetime = self.model.lifetime if self.model.retweets else 0
        kept = self.log.posts[-1 - lifetime :]
        first = self.counted - sum(len(one.author) for one in kept[:-1])
        if len(kept) == 1:
            return kept[0], first
        joined = {
            name: np.concatenate([getattr(one, name) for one in kept])
            for name in ("author", "time", "quality", "bait", "name")
        }
        return Posts(**joined), first

    def _see(self, step: int, live: Posts, first: int) -> tuple[Exposures, IntArray]:
        own = np.arange(self.counted - first, len(live.author))
        sender, post = self.shared
        alive = post >= first
        sender, post = sender[alive], post[alive] - first
        again = step + uniforms(self.key, PASSED_ON, sender, step, live.name[post])
        sent = emissions(
            self.people.n,
            np.concatenate([live.author[own], sender]),
            np.concatenate([own, post]),
            np.concatenate([live.time[own], again]),
        )
        flow = in_flow(self.ties, sent)
        return see_posts(self.ties, sent, flow, limit=self.model.attention_limit), flow

    def _react(
        self, step: int, seen: Exposures, flow: IntArray, live: Posts, first: int
    ) -> tuple[IntArray, IntArray]:
        """Return the exposures reacted to, and the tie from reader to author of each (−1: none)."""
        model, ties = self.model, self.ties
        sender, author = ties.author[seen.tie], live.author[seen.post]
        direct = sender == author
        rate = reaction_rates(
            seen,
            chance=model.reaction_chance,
            quality=live.quality * (1.0 + model.bait * live.bait),
            responsiveness=self.people.responsiveness,
            strength=ties.strength,
            attention=overload_factor(flow, threshold=model.overload_threshold, exponent=model.overload),
            answered=direct & (ties.answered[seen.tie] >= step),
            answered_effect=model.answered,
        )
        rate[author == seen.reader] = 0.0  # one's own post, passed on by a friend
        lifetime = model.lifetime if model.retweets else 0
        self.recent = self.recent[-lifetime:] if lifetime else []
        # Posts are numbered from the first live one here, in the log from the first of all.
        before = np.concatenate(self.recent) - first if self.recent else np.empty(0, dtype=np.int64)
        hit = react(seen, rate, sender=sender, name=live.name[seen.post], before=before, key=self.key)
        tie = np.where(direct[hit], seen.tie[hit], -1)
        return hit, tie

    def _answer(
        self, step: int, position: FloatArray, reactions: Events, name: IntArray, by_tie: IntArray
    ) -> Events:
        mean = self.people.rate * position[:, ANSWERING] / self.model.answer_cost
        chosen = answers(reactions.target, reactions.source, name, mean=mean, step=step, key=self.key)
        known = by_tie[chosen]
        self.ties.answered[known[known >= 0]] = step + self.model.answered_steps
        reply = reactions.kind[chosen] == REPLY
        late = uniforms(self.key, DELAY, reactions.source[chosen], step, ~name[chosen])
        return Events(
            reactions.target[chosen],
            reactions.source[chosen],
            np.where(reply, REPLY, MENTION),
            reactions.time[chosen] + delay_quantiles(late, longest=DAY) / DAY,
            np.where(reply, -2 - (self.events + chosen), -1),
        )

    def _pods(self, step: int, position: FloatArray, posts: Posts, reacted: IntArray) -> Events:
        mean = self.people.rate * position[:, PODDING] / self.model.answer_cost
        if not mean.any():
            none = np.empty(0, dtype=np.int64)
            return Events(none, none, none, np.empty(0), none)
        reader, post = pod_reactions(posts, pod=self.pod, mean=mean, step=step, key=self.key)
        number = post + self.counted - len(posts.author)
        # Who has reacted as a reader does not react again.
        fresh = ~np.isin((reader << _POSTS) | number, reacted)
        reader, post, number = reader[fresh], post[fresh], number[fresh]
        late = delay_quantiles(uniforms(self.key, DELAY, reader, step, posts.name[post]), longest=DAY) / DAY
        return Events(reader, posts.author[post], np.full(len(reader), LIKE), posts.time[post] + late, number)

    def _change_ties(self, step: int, posts: Posts, seen: Exposures, live: Posts) -> list[Events]:
        ties, model, changes = self.ties, self.model, []
        ended = begun = np.empty(0, dtype=np.int64)
        if model.unfollow:
            ended = leave(ties, unfollow_hazard(model, posts, self.people.n), step=step, key=self.key)
        if model.follow:
            author = live.author[seen.post]
            passed = np.flatnonzero(ties.author[seen.tie] != author)
            reader, author = seen.reader[passed], author[passed]
            tie = find_ties(ties.bounds, ties.author, reader, author)
            tie = np.where((tie >= 0) & ~ties.active[tie], tie, -1)
            begun = join(reader, author, tie, chance=model.follow, step=step, key=self.key)
        ties.active[ended], ties.active[begun] = False, True
        for changed, kind in ((ended, UNFOLLOW), (begun, FOLLOW)):
            reader = np.searchsorted(ties.bounds, changed, side="right") - 1
            when = np.full(len(changed), step + 1.0)
            none = np.full(len(changed), -1)
            changes.append(Events(reader, ties.author[changed], np.full(len(changed), kind), when, none))
        return changes


def _stacked(parts: list[Events]) -> Events:
    """Return all events of a step: reactions first, so that answers know their numbers."""
    return Events(
        np.concatenate([one.source for one in parts]).astype(np.int32),
        np.concatenate([one.target for one in parts]).astype(np.int32),
        np.concatenate([one.kind for one in parts]).astype(np.int8),
        np.concatenate([one.time for one in parts]),
        np.concatenate([one.parent for one in parts]).astype(np.int64),
    )
