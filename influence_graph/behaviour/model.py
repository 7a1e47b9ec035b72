"""The parameters of behaviour: every part is off unless it is asked for."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from influence_graph.behaviour.audience import check


@dataclass(frozen=True)
class BehaviourModel:
    """Parameters of the parts of behaviour. The defaults switch every part off.

    With everything off, each follower of an author sees each post and reacts with probability
    1 − exp(−``reaction_chance``·quality·responsiveness·tie strength), independently: a plain cascade.

    Attributes
    ----------
    reaction_chance : float
        Rate, ≥ 0, at which an average reader reacts to an average post that is seen.
    tie_spread, post_spread : float
        Standard deviations, ≥ 0, of the log-normal strength of ties and quality of single posts; 0: all 1.
    retweets, replies : float
        Shares of reactions, ≥ 0 with a sum ≤ 1, that pass a post on to the reader's own followers and that
        answer it; the others are likes. 0 retweets: no cascade.
    lifetime : int
        Steps, ≥ 1, over which a post can be passed on.
    effort : float
        Exponent γ ≥ 0 of the trade-off: quality is that of the person times (effort per post)^γ, effort per
        post being 1 at the usual strategy. 0: more posts are no worse.
    attention_limit : float
        Most posts, ≥ 1, that a reader sees a step, newest first (Weng et al. 2012). inf: all.
    overload_threshold, overload : float
        Above this in-flow θ > 0 of posts a step, the reader's rate of reacting to each falls as
        (θ/in-flow)^β with β = ``overload`` ≥ 0 (Gomez-Rodriguez et al. 2014: the receiver's in-flow). inf
        or 0: off.
    answered : float
        A reader whom the author has answered reacts at (1 + ``answered``) times the rate, ≥ −1, for
        ``answered_steps`` ≥ 1 steps. 0: being answered changes nothing.
    answer_cost : float
        Effort of an answer, > 0, in posts at the usual quality.
    unfollow : float
        Hazard, ≥ 0, a tie and step at which followers leave (Kwak, Moon & Lee 2012). 0: never.
    burst, burst_unfollow : float
        The hazard is times 1 + ``burst_unfollow`` ≥ 0 in a step with more than ``burst`` ≥ 0 posts of the
        author (Kwak, Chun & Moon 2011).
    dull, dull_unfollow : float
        The hazard is times 1 + ``dull_unfollow`` ≥ 0 in a step in which the mean quality of the author's
        posts is below ``dull`` ≥ 0 (same source).
    follow : float
        Probability, 0 to 1, that somebody who sees a passed-on post starts to follow its author, where the
        potential audience has that tie. 0: never.
    bait, bait_unfollow : float
        A bait post is reacted to at 1 + ``bait`` ≥ 0 times the rate, and multiplies the hazard of
        unfollowing by 1 + ``bait_unfollow`` ≥ 0.

    References
    ----------
    - L. Weng, A. Flammini, A. Vespignani, F. Menczer (2012). Competition among memes in a world with limited
      attention. Sci. Rep. 2, 335. doi 10.1038/srep00335
    - M. Gomez-Rodriguez, K. Gummadi, B. Schölkopf (2014). Quantifying information overload in social media
      and its impact on social contagions. ICWSM 2014.
    - H. Kwak, H. Chun, S. Moon (2011). Fragile online relationship: a first look at unfollow dynamics in
      Twitter. CHI '11. doi 10.1145/1978942.1979104
    - H. Kwak, S. Moon, W. Lee (2012). More of a receiver than a giver: why do people unfollow in Twitter?
      ICWSM 2012.

    Examples
    --------
    >>> BehaviourModel(effort=-1)
    Traceback (most recent call last):
        ...
    influence_graph.errors.ConfigError: effort is -1, but it should be finite and at least 0.
    """

    reaction_chance: float = 0.05
    tie_spread: float = 0.0
    post_spread: float = 0.0
    retweets: float = 0.0
    replies: float = 0.0
    lifetime: int = 3
    effort: float = 0.0
    attention_limit: float = np.inf
    overload_threshold: float = np.inf
    overload: float = 0.0
    answered: float = 0.0
    answered_steps: int = 30
    answer_cost: float = 0.25
    unfollow: float = 0.0
    burst: float = np.inf
    burst_unfollow: float = 0.0
    dull: float = 0.0
    dull_unfollow: float = 0.0
    follow: float = 0.0
    bait: float = 0.0
    bait_unfollow: float = 0.0

    def __post_init__(self) -> None:
        may_be_infinite = {"attention_limit", "overload_threshold", "burst"}
        own = {
            "answered",
            "attention_limit",
            "overload_threshold",
            "answer_cost",
            "lifetime",
            "answered_steps",
        }
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in own:
                continue
            finite = "" if field.name in may_be_infinite else "finite and "
            inside = value >= 0 and (value < np.inf or not finite)
            check(inside, field.name, value, f"{finite}at least 0")
        check(-1 <= self.answered < np.inf, "answered", self.answered, "finite and at least −1")
        check(self.attention_limit >= 1, "attention_limit", self.attention_limit, "at least 1")
        check(self.overload_threshold > 0, "overload_threshold", self.overload_threshold, "above 0")
        check(0 < self.answer_cost < np.inf, "answer_cost", self.answer_cost, "finite and above 0")
        for name in ("lifetime", "answered_steps"):
            value = getattr(self, name)
            check(value >= 1 and value % 1 == 0, name, value, "a whole number, at least 1")
        check(self.follow <= 1, "follow", self.follow, "between 0 and 1")
        shares = self.retweets + self.replies
        check(shares <= 1, "retweets + replies", shares, "a share of the reactions, at most 1")
