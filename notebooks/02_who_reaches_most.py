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
# # Who reaches most people, and do counts predict it?
#
# A count says how many reacted. It does not say how far a post spreads: a reader may pass it on, and the
# reader's readers, too. This notebook learns from a log how likely people influence each other, computes how
# many people a post of *each* person would reach, with an interval, and asks whether counts and PageRank
# rank the same people highest. Then a second question with another answer: which ten *together* reach most?
#
# The log is synthetic. `experiments/spread.toml` does the same on Higgs.

# %%
import numpy as np
import polars as pl
from matplotlib import pyplot as plt

from influence_graph import build_graph, compare, score
from influence_graph.datasets.synthetic import make_log
from influence_graph.propagation import (
    IndependentCascade,
    learn_probabilities,
    select_seeds,
    simulate,
)
from influence_graph.report._style import SINGLE_COLUMN, style

pl.Config(tbl_rows=20, tbl_cols=12, float_precision=3, tbl_hide_dataframe_shape=True)

graph = build_graph(make_log(people=2000, days=90, rng=1).interactions)
graph

# %% [markdown]
# ## How likely does one person influence another?
#
# An edge from *u* to *v* says that *u* acted on *v*, so *v* influences *u*. This log has posts with ids and
# reactions to them, so the probability can be learned: of the posts that *v* wrote or passed on, the share
# that *u* reacted to afterwards (the rule `"bernoulli"`). If a pair was observed rarely, the value is shrunk
# towards the mean of all pairs, and `trials` is the number of observations.

# %%
learned = learn_probabilities(graph, rule="bernoulli")
pl.DataFrame({"probability": learned.values, "trials": learned.trials}).describe(
    percentiles=[0.05, 0.5, 0.95]
)

# %% [markdown]
# A log without posts, such as Higgs, does not say *what* was passed on. For it these rules are an error, and
# what can be computed has another name: `"temporal_reachability"`.
#
# ## How many people does a post reach?
#
# The **independent cascade model**: everyone newly reached has one chance to reach each person who acts on
# them, with the learned probability. `expected_spread` is the mean number of people reached, the person
# included, for everybody at once. It works backwards: for a person drawn at random, who would have reached
# them? Whoever is in many of these reverse-reachable sets reaches many people. It draws sets until the
# intervals are as narrow as requested, and reports why it stopped.

# %%
model = IndependentCascade(learned.values)
spread = score(graph, "expected_spread", probability=learned.values, precision=0.1, rng=1)
print({name: spread.diagnostics[name] for name in ("samples", "stopped", "halfwidth")})
spread.top(5)

# %% [markdown]
# Is it right? Simulate forwards from the person with the largest value, and compare:

# %%
first = int(np.argmax(spread.raw))
forward = simulate(graph, [graph.ids[first]], model=model, runs=20_000, rng=2)
print(f"expected_spread: {spread.raw[first]:.2f}; simulated: {forward.spread:.2f}", end=" ")
print(f"[{forward.low:.2f}, {forward.high:.2f}]")
assert abs(forward.spread / spread.raw[first] - 1) < 0.1

# %% [markdown]
# ## Do counts predict it?

# %%
scores = {
    "expected_spread": spread,
    **{name: score(graph, name) for name in ("engagement", "reactors", "pagerank")},
}
comparison = compare(scores, k=50, resamples=100)
comparison.table.filter(pl.col("a") == "expected_spread")

# %%
with style():
    _, axes = plt.subplots(figsize=(SINGLE_COLUMN, 2.6))
    axes.scatter(scores["engagement"].raw + 1, spread.raw, s=3, alpha=0.4, linewidths=0)
    axes.set(xscale="log", yscale="log", xlabel="Reactions + 1", ylabel="People reached")

# %% [markdown]
# The table and the figure are the answer for this log: look at the spread of values at a given count. A
# count combines two things, how often somebody posts and how far a post spreads. The expected spread is
# *per post*, so those who post much and are passed on little have a lower rank by it.
#
# In this log people react to posts and nobody passes one on, so the learned probabilities describe who
# reacts after whom. What they say about cascades follows from the model, not from the log.
#
# ## Which ten reach most together?
#
# The ten with the largest spread may reach the same people. `select_seeds` chooses people who reach
# *different* ones, and certifies an approximation ratio to the best possible choice. Compare it with the top
# ten of each method, by simulation, where readers divide their attention evenly (`"weighted_cascade"`):

# %%
even = IndependentCascade("weighted_cascade")
chosen = select_seeds(graph, 10, model=even, rng=1)
print(chosen)

tops = {
    name: [graph.ids[int(i)] for i in np.argsort(-one.raw, kind="stable")[:10]]
    for name, one in {**scores, "expected_spread": score(graph, "expected_spread", rng=1)}.items()
}
runs = {name: simulate(graph, ids, model=even, runs=5000, rng=3) for name, ids in tops.items()}
runs["select_seeds"] = simulate(graph, chosen.ids, model=even, runs=5000, rng=3)
table = pl.DataFrame(
    [{"ten by": name, "people reached": r.spread, "low": r.low, "high": r.high} for name, r in runs.items()]
).sort("people reached", descending=True)
assert table["ten by"][0] == "select_seeds"
table

# %% [markdown]
# Who reaches most alone, and who reach most together, are two questions. No ranking of individuals, not even
# one by spread, answers the second.
#
# ## What to try
#
# - Another rule: `learn_probabilities(graph, rule="em")`, the maximum likelihood under the model.
# - Another model: `score(graph, "expected_spread", model="linear_threshold")`.
# - Costs: `select_seeds(graph, costs={…}, budget=20, model=even)`.
