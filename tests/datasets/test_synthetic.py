"""The synthetic log is what its truth says, and the same for the same arguments."""

import os
import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from scipy import stats

from influence_graph.behaviour.posting import DAY
from influence_graph.datasets import load_dataset
from influence_graph.datasets.synthetic import KINDS, START, make_log
from influence_graph.errors import ConfigError
from influence_graph.interactions.read import read_interactions


@pytest.fixture(scope="module")
def made():
    return make_log(people=400, days=30, rng=11)


@pytest.fixture(scope="module")
def rows(made):
    return made.interactions.frame.collect()


def counts(rows, truth):
    """Posts and reactions of each account of the truth."""
    posts = rows.filter(kind="post").group_by("network", id="source").agg(posts=pl.len())
    reactions = (
        rows.filter(pl.col("kind").is_in(list(KINDS)))
        .group_by("network", id="target")
        .agg(reactions=pl.len())
    )
    on = ["id", "network"]
    return truth.join(posts, on=on, how="left").join(reactions, on=on, how="left").fill_null(0)


def test_counts_have_the_expectation_that_the_truth_states():
    # Over independent logs, sums of (count − expected) within any group have mean zero. Student's t over
    # 30 logs stays below 4.5 with chance 0.9999; the ratio is held to 3 % for the whole.
    residuals, totals = [], np.zeros(2)
    for seed in range(30):
        log = make_log(people=250, days=40, mean_degree=8, reaction_chance=0.2, rng=seed)
        table = counts(log.interactions.frame.collect(), log.truth).with_columns(
            left=pl.col("reactions") - pl.col("expected_reactions"),
            left_posts=pl.col("posts") - pl.col("expected_posts"),
        )
        groups = {
            "all": pl.lit(True),
            "microblog": pl.col("network") == "microblog",
            "forum": pl.col("network") == "forum",
            "many followers": pl.col("followers") > 16,
            "few followers": pl.col("followers") < 4,
            "good posts": pl.col("quality") > 1.5,
            "frequent": pl.col("posts_per_day") > 0.5,
        }
        sums = [table.filter(group)["left"].sum() for group in groups.values()]
        residuals.append([*sums, table["left_posts"].sum()])
        totals += table.select("reactions", "expected_reactions").sum().to_numpy()[0]
    t = stats.ttest_1samp(np.array(residuals), 0).statistic
    assert (np.abs(t) < 4.5).all(), dict(zip([*groups, "posts"], t, strict=True))
    assert totals[0] / totals[1] == pytest.approx(1, abs=0.03)
    assert totals[0] > 20_000


def test_every_reaction_is_to_a_post_of_its_target_by_a_follower_within_a_week(rows):
    reactions = rows.filter(pl.col("parent").is_not_null())
    posts = rows.filter(kind="post").select(
        parent="item", author="source", posted="timestamp", place="network"
    )
    joined = reactions.join(posts, on="parent", how="left")
    assert (joined["author"] == joined["target"]).all()
    assert (joined["place"] == joined["network"]).all()
    delay = (joined["timestamp"] - joined["posted"]).dt.total_microseconds()
    assert delay.min() >= 0
    assert delay.max() <= 7 * DAY * 1e6
    assert not reactions.select("source", "parent").is_duplicated().any()
    follows = rows.filter(kind="follow").select("source", "target", "network")
    assert reactions.join(follows, on=["source", "target", "network"], how="anti").is_empty()
    assert joined.height == rows.filter(pl.col("kind").is_in(["like", "retweet", "reply"])).height


def test_follows_and_mentions_and_times_are_as_documented(made, rows):
    follows = rows.filter(kind="follow").group_by("network", id="target").agg(pl.len())
    joined = made.truth.join(follows, on=["id", "network"], how="left").fill_null(0)
    assert (joined["followers"] == joined["len"]).all()
    assert (rows.filter(kind="follow")["timestamp"] == START).all()
    assert rows.filter(kind="mention")["parent"].null_count() == rows.filter(kind="mention").height > 0
    assert rows["timestamp"].is_sorted()
    assert made.interactions.report.kept == made.interactions.report.read == rows.height


def test_kinds_come_in_the_shares_asked_for():
    shares = {"like": 5, "quote": 3, "reply": 2}
    rows = make_log(people=300, days=60, kinds=shares, rng=2).interactions.frame.collect()
    got = [rows.filter(kind=kind).height for kind in shares]
    expected = np.array(list(shares.values())) / 10 * sum(got)
    assert stats.chisquare(got, expected).pvalue > 1e-4


def test_people_are_on_one_network_at_least_and_on_others_by_chance(made):
    people = made.people()
    assert people.height == 400
    share = made.truth.height / 400
    assert share == pytest.approx(3 * 0.5 + 0.5**3, abs=0.2)
    assert (
        made.truth.group_by("id")
        .agg(pl.col("quality").n_unique())
        .select((pl.col("quality") == 1).all())
        .item()
    )
    assert people["expected_reactions"].sum() == pytest.approx(made.truth["expected_reactions"].sum())


def test_activity_and_audience_are_heavy_tailed(made):
    people = made.people()
    for trait in ("posts_per_day", "followers", "expected_reactions"):
        values = people[trait].sort(descending=True)
        assert values.head(40).sum() / values.sum() > 0.25, trait  # a tenth of the people


def test_accounts_with_names_of_their_own_lead_back_to_the_same_people():
    shared = make_log(people=200, days=20, rng=5)
    own = make_log(people=200, days=20, shared_ids=False, rng=5)
    rows = own.interactions.frame.collect()
    assert set(rows["source"]) <= set(own.identities["account"])
    assert own.identities["account"].n_unique() == own.identities.height > 200
    merged = read_interactions(rows, identities=own.identities).frame.collect()
    assert merged["source"].equals(shared.interactions.frame.collect()["source"])
    assert own.truth.equals(shared.truth)


def test_the_size_is_a_parameter_and_parts_can_be_switched_off():
    rows = make_log(people=200, days=10, follows=False, networks=["one"], rng=0).interactions.frame.collect()
    assert rows["network"].unique().to_list() == ["one"]
    assert "follow" not in rows["kind"]
    silent = make_log(people=200, days=10, reaction_chance=0, rng=0)
    assert silent.truth["expected_reactions"].sum() == 0
    assert set(silent.interactions.frame.collect()["kind"]) == {"follow", "post"}
    assert make_log(people=1, mean_degree=0, rng=0).people()["followers"].to_list() == [0]


@pytest.mark.parametrize("people", [1, 2, 3, 10, 60, 150])
def test_few_people_make_a_log_too(people):
    made = make_log(people=people, days=60, posts_per_day=1, rng=3)
    assert made.people().height == people
    accounts = made.truth.group_by("network").agg(pl.len(), pl.col("followers").mean())
    assert (accounts["followers"] <= accounts["len"] / 8).all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"people": 0}, "people is 0"),
        ({"days": 0}, "days is 0"),
        ({"days": 1.5}, "days is 1.5"),
        ({"days": float("inf")}, "'days' is inf"),
        ({"networks": []}, "networks is"),
        ({"networks": ["a", "a"]}, "networks is"),
        ({"membership": 2}, "membership is 2"),
        ({"reaction_chance": -0.1}, "reaction_chance is -0.1"),
        ({"posts_per_day": float("inf")}, "'posts_per_day' is inf"),
        ({"quality_spread": float("nan")}, "quality_spread is nan"),
        ({"kinds": {"like": 0}}, "kinds is"),
        ({"kinds": {"like": -1}}, "kinds"),
        ({"kinds": {"follow": 1}}, "no reaction"),
        ({"rhythm": 1.1}, "rhythm is 1.1"),
        ({"longest_delay": 0}, "longest_delay is 0"),
        ({"mean_degree": 90}, "mean_degree is 90"),
        ({"mean_degree": 0, "posts_per_day": 0}, "raise posts_per_day"),
    ],
)
def test_parameters_out_of_range_are_named(wrong, message):
    with pytest.raises(ConfigError, match=message):
        make_log(**{"people": 200, "days": 5, **wrong})


def test_an_unknown_option_is_named_with_the_nearest():
    with pytest.raises(ConfigError, match=r"no parameter 'peopel'. Did you mean 'people'"):
        load_dataset("synthetic", peopel=3)


SCRIPT = """
import hashlib
from influence_graph.datasets.synthetic import make_log
log = make_log(people=300, days=20, rng=7)
for frame in (log.interactions.frame.collect(), log.truth, log.identities):
    print(frame.height, hashlib.sha256(frame.write_ndjson().encode()).hexdigest())
print(log.interactions.fingerprint)
"""


def test_equal_arguments_give_equal_rows_whatever_the_threads():
    def run(threads):
        environment = {**os.environ, "POLARS_MAX_THREADS": threads, "NUMBA_NUM_THREADS": threads}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    assert run("1") == run("2") != ""


def test_another_seed_gives_another_log_and_a_generator_serves_as_well():
    one, other = (make_log(people=200, days=5, rng=rng) for rng in (1, np.random.default_rng(1)))
    assert one.truth.equals(other.truth)
    assert one.interactions.fingerprint == other.interactions.fingerprint
    assert make_log(people=200, days=5, rng=2).interactions.fingerprint != one.interactions.fingerprint
