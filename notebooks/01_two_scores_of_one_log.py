# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Do a PageRank score and an engagement count rank the same people highest?
#
# Most scores of online influence add up reactions: likes, replies, retweets. PageRank asks in addition
# *whose* reactions they are. If both ranked the same people highest, the simple count would do. This
# notebook computes both on one log, measures how far they agree, reproduces the figure of
# `experiments/agreement.toml`, and then looks for the reason where they differ.
#
# Everything below runs on a generated log, so the ground truth is known. If the environment variable
# `INFLUENCE_GRAPH_DATA` names a folder with real logs, the figure includes them.

# %%
import tomllib
import warnings
from pathlib import Path

import numpy as np
import polars as pl
from matplotlib import pyplot as plt

from influence_graph import build_graph, compare, score
from influence_graph.datasets.synthetic import make_log
from influence_graph.evaluation.rank_agreement import kendall_tau_b, spearman
from influence_graph.experiment.run import run_experiment
from influence_graph.report._style import SINGLE_COLUMN, style

pl.Config(tbl_rows=20, tbl_cols=12, float_precision=3, tbl_hide_dataframe_shape=True)

# The progress bar of a download prefers ipywidgets; a plain one is enough.
warnings.filterwarnings("ignore", message="IProgress not found")

CONFIG = Path("../experiments/agreement.toml")
config = tomllib.loads(CONFIG.read_text("utf-8"))

# %% [markdown]
# ## The log
#
# The config defines the log: how many people, over how many days, from which seed. The same arguments
# give the same rows. People have accounts on up to three networks, follow each other, post, and react to
# the posts of those they follow. Activity, appeal ("quality") and audiences are unequal, as they are on
# real networks.

# %%
arguments = {name: value for name, value in config["data"][0].items() if name != "dataset"}
made = make_log(**arguments)
log = made.interactions
log

# %% [markdown]
# Every read ends with a report: how many rows were kept, and which were left out and why. In a synthetic
# log no row is left out; in a real one this is the first thing to look at.

# %%
print(log.report)

# %% [markdown]
# ## The graph
#
# The log becomes a weighted directed graph. An edge from *u* to *v* says that **u acted on v**: attention
# flows from *u* to *v*. If *b* and *c* retweet *a*, the edges go from *b* and *c* to *a*. The weight of
# an edge is
#
# $$ w_{uv} = \sum_{i:\,u \to v} \omega_{k_i}\, a_i\, 2^{-(T - t_i)/h}, $$
#
# the sum over all interactions of *u* on *v*, each with the weight of its kind and of its row, and halved
# for every half-life of its age. Here every kind of reaction weighs 1 and there is no decay: the simplest
# choice. Posts and follows make no edge. They are not reactions.

# %%
graph = build_graph(log)
graph

# %% [markdown]
# ## Two scores
#
# The **engagement count** of *v* is the sum of the weights that point to *v*. **PageRank** is the share
# of time that a random walk spends on *v*: with probability *d* (`damping`) it moves from *u* to
# somebody *u* reacted to, in proportion to the weights, and otherwise restarts anywhere.
#
# Both are then scaled to 1–100: 1 + 99 · ln(1 + *r*) / ln(1 + *r*_top), where *r* is in the natural unit
# of the method: one reaction for the count, one visit of a reader who came from somebody else for PageRank. Points of the two are not
# comparable: 50 points by one method do not mean what 50 points by the other mean. So methods are
# compared **by rank and percentile only**.

# %%
scores = {method["name"]: score(graph, method["name"]) for method in config["methods"]}
count, rank = scores["engagement"], scores["pagerank"]
count.top(5)

# %%
rank.top(5)

# %% [markdown]
# ## How far do they agree?
#
# Four measures, because no single one answers the question:
#
# - **Kendall's tau-b** compares all pairs of people: concordant minus discordant pairs. Pairs tied in
#   both orders do not count.
# - **Spearman's rho** is the correlation of the ranks. It is tolerant of many small differences and
#   sensitive to large ones.
# - **Top-k overlap** is the share of the top *k* of one list that is also in the top *k* of the other.
#   This is what a reader of a "most influential" list sees. Ties across the border count with the
#   probability that random tie-breaking would give them.
# - **Rank-biased overlap** takes the overlap at every depth, and the first ranks weigh most.
#
# The intervals are bootstrap intervals: people are resampled `resamples` times. They show the sampling
# variability over people. They do not say what the result would be in another month.

# %%
comparison = compare(scores, k=config["options"]["k"], resamples=config["options"]["resamples"])
pair = (pl.col("a") == "engagement") & (pl.col("b") == "pagerank")
comparison.table.filter(pair)

# %% [markdown]
# A high tau-b over everybody is compatible with a top list that is only partly shared. Most pairs of people
# are far apart and easy to order; the people at the top are few, and close to each other.
#
# A pitfall: people *without* any reaction tie at the bottom of both orders, and every pair of one of them
# and somebody else counts as agreement, whatever the methods. So look at those with a reaction, too. In
# this log few have none; in the Higgs log most have none, and the difference is large.

# %%
reached = count.raw > 0
pl.DataFrame(
    {
        "people": ["everybody", "with a reaction"],
        "how many": [graph.n, int(reached.sum())],
        "tau-b": [kendall_tau_b(count.raw, rank.raw), kendall_tau_b(count.raw[reached], rank.raw[reached])],
        "rho": [spearman(count.raw, rank.raw), spearman(count.raw[reached], rank.raw[reached])],
    }
)

# %% [markdown]
# ## The figure of the experiment
#
# The same comparison as a config. `run_experiment` is what `influence-graph run` calls: it computes the
# cells that are not cached, writes tables, figures and a manifest to `results/`, and returns them. A second
# run takes no time. The tables are byte-identical on every run. (It uses another seed, so its intervals
# differ from those above in the last digit.)

# %%
results = run_experiment(CONFIG, results="../results")
results.summary

# %% [markdown]
# How to read the figure: each row is a log. On the left, everybody's rank by one method against their rank
# by the other; people on the diagonal have the same rank in both, and the circles are the people whose
# ranks differ most. On the right, how far each method agrees with the count. *Reactors* counts distinct
# people instead of reactions. *Activity* is a control: it counts what a person does, whatever the
# reactions. A score that agrees with it measures effort.

# %%
results.figures["agreement"]

# %% [markdown]
# ## Why they differ
#
# Here the definitions help. PageRank solves
#
# $$ x_v = b + \sum_u w_{uv}\, \rho_u, \qquad \rho_u = d\,\frac{x_u}{s_u}, $$
#
# where $s_u$ is the out-strength of *u* and *b* is a base that everybody gets. The count is the same sum
# with 1 in place of $\rho_u$. So **$\rho_u$ is what a reaction of *u* is worth**: much if *u* has a high
# PageRank and reacts to few, little if *u* reacts to everything. Then PageRank above the base is the count
# times the mean worth of the reactions received. This is exact:

# %%
damping = rank.parameters["damping"]
sent = graph.out_strength
worth = np.divide(damping * graph.n * rank.raw, sent, out=np.zeros(graph.n), where=sent > 0)
mean_worth = np.divide(graph.in_edges @ worth, count.raw, out=np.zeros(graph.n), where=reached)
base = 1 - damping + damping * rank.diagnostics["dangling_mass"]

assert np.allclose(graph.n * rank.raw, base + count.raw * mean_worth, rtol=1e-6)
print(f"base {base:.3f}; worth of a reaction, 5 % to 95 % of readers:", end=" ")
print("{:.3f} to {:.3f}".format(*np.quantile(worth[sent > 0], [0.05, 0.95])))

# %% [markdown]
# The worth of a reaction differs widely between readers, in units of the average person's PageRank. Does it
# explain the differences? If so, those whose reactions are worth more than usual rank higher by PageRank
# than by the count.

# %%
change = rank.percentile - count.percentile

with style():
    _, axes = plt.subplots(figsize=(SINGLE_COLUMN, 2.6))
    axes.scatter(mean_worth[reached], change[reached], s=3, alpha=0.4, linewidths=0)
    axes.axhline(0, color="0.4", linewidth=0.6)
    axes.set(
        xscale="log",
        xlabel="Mean worth of a reaction received",
        ylabel="Percentile by PageRank\nminus percentile by the count",
    )

# %%
print(f"Spearman's rho of change and mean worth:     {spearman(change[reached], mean_worth[reached]):+.2f}")
print(f"Spearman's rho of change and reactions:      {spearman(change[reached], count.raw[reached]):+.2f}")

# %% [markdown]
# ## Whose rank differs most?
#
# First the people whose percentiles differ most, with their ground truth from the generator: their
# audience (`followers`), how often they post, the appeal of their posts (`quality`, 1 on average), and
# their expected number of reactions. These are not in the log. On real data they are unknown.

# %%
people = pl.DataFrame(
    {
        "id": graph.ids,
        "by count": count.percentile,
        "by PageRank": rank.percentile,
        "change": change,
        "reactions": count.raw,
        "reactors": scores["reactors"].raw,
        "mean worth": mean_worth,
    }
).join(made.people().select("id", "followers", "posts_per_day", "quality", "expected_reactions"), on="id")
people.sort("change", descending=True).head(6)

# %%
people.sort("change").head(6)

# %% [markdown]
# Those who rise have a handful of reactions, worth a lot each. Those who fall have dozens, worth almost
# nothing, and from few people: compare the columns *reactions* and *reactors*. Neither group differs from
# the others in audience or quality. So look at the reactions themselves. Who reacted to the person who
# rises most, and who to the one who falls most?


# %%
def readers_of(person: str) -> pl.DataFrame:
    """Return who reacted to a person, how often, and what each reaction is worth."""
    row = graph.in_edges[graph.positions([person])].tocoo()
    reader = row.coords[-1]
    return pl.DataFrame(
        {
            "reader": graph.ids.gather(reader),
            "reactions to this person": row.data,
            "reactions to anybody": sent[reader],
            "percentile of the reader": rank.percentile[reader],
            "worth of a reaction": worth[reader],
        }
    ).sort("worth of a reaction", descending=True)


riser = people.sort("change", descending=True)["id"][0]
readers_of(riser).head(5)

# %%
faller = people.sort("change")["id"][0]
readers_of(faller).head(5)

# %% [markdown]
# The one who rises has one reader with a high PageRank who reacts to hardly anybody: that single reaction
# carries a good part of the reader's PageRank. The one who falls has nearly the whole count from one loyal
# reader, who reacts a great deal to others as well, and has a low PageRank.
#
# Is that signal or noise? It can be both. A rare reaction of a prominent reader may be informative. But a
# rank that depends on one reader is also a rank that one reader can give away, or sell.

# %% [markdown]
# ## Which of the two is right?
#
# The log cannot tell: agreement between two methods is not validity. The generator can, for its own model.
# Each person's expected number of reactions is known, and so is the quality of their posts:

# %%
truth = made.people()
pl.DataFrame(
    [
        {
            "method": name,
            "rho with expected reactions": spearman(one.raw, truth["expected_reactions"]),
            "rho with quality": spearman(one.raw, truth["quality"]),
            "rho with followers": spearman(one.raw, truth["followers"]),
        }
        for name, one in scores.items()
    ]
)

# %% [markdown]
# The count correlates best with the expected reactions. **This is so by construction**: in this model
# reactions are drawn independently and nobody passes a post on, so the count is the efficient estimator of
# its own expectation, and the rest of the graph contains no further information. It is no evidence about
# real networks. And none of the methods measures the quality of the posts, because all reward the size of
# the audience and the number of posts.
#
# What would decide it: predicting what happens after a cut-off date, and human judgement of who is more
# influential. Each needs its own experiment.
#
# ## What to try
#
# - Other weights: `build_graph(log, kinds={"retweet": 3, "reply": 2, "mention": 2, "like": 1})`. Which of
#   the people above stay?
# - A half-life: `build_graph(log, half_life="30d")`.
# - Your own log: `read_interactions("activity.csv", columns={"timestamp": "created_at"})`.
# - Another damping: `score(graph, "pagerank", damping=0.5)`. At 0 everybody has the same PageRank.
