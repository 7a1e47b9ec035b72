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
# # Who reaches most people, and do counts know?
#
# A count says how many reacted. It does not say how far a post goes: a reader may pass it on, and the
# reader's readers, too. This notebook learns from a log how likely people move each other, computes how
# many people a post of *each* person would reach, with an interval, and asks whether counts and PageRank
# name the same people. Then a second question with another answer: which ten *together* reach most?
#
# The log is synthetic and drawn on the spot. `experiments/spread.toml` does the same on Higgs.

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
# ## How likely does one person move another?
#
# An edge from *u* to *v* says that *u* acted on *v*, so *v* moves *u*. This log has posts with names and
# reactions to them, so the chance can be learned: of the posts that *v* wrote or passed on, the share
# that *u* reacted to afterwards (the rule `"bernoulli"`). Where a pair was seen rarely, the value leans to
# the mean of all pairs, and `trials` says how much there was to learn from.

# %%
learned = learn_probabilities(graph, rule="bernoulli")
pl.DataFrame({"chance": learned.values, "trials": learned.trials}).describe(percentiles=[0.05, 0.5, 0.95])

# %% [markdown]
# A log without posts, such as Higgs, does not say *what* was passed on. These rules refuse it with an
# error, and what can be computed has another name: `"temporal_reachability"`.
#
# ## How many people does a post reach?
#
# The **independent cascade**: whoever is reached gets one try at each of those who attend to them, with
# the learned chance. `expected_spread` is the mean number of people reached, the person included, for
# everybody at once. It asks backwards: for a person drawn at random, who would have reached them? Whoever
# is in many of these sets reaches many people. It draws until the intervals are as narrow as wanted, and
# says why it stopped.

# %%
model = IndependentCascade(learned.values)
spread = score(graph, "expected_spread", probability=learned.values, precision=0.1, rng=1)
print({name: spread.diagnostics[name] for name in ("samples", "stopped", "halfwidth")})
spread.top(5)

# %% [markdown]
# Is it right? Simulate the other way, forwards, from the person at the top, and compare:

# %%
first = int(np.argmax(spread.raw))
forward = simulate(graph, [graph.ids[first]], model=model, runs=20_000, rng=2)
print(f"expected_spread: {spread.raw[first]:.2f}; simulated: {forward.spread:.2f}", end=" ")
print(f"[{forward.low:.2f}, {forward.high:.2f}]")
assert abs(forward.spread / spread.raw[first] - 1) < 0.1

# %% [markdown]
# ## Do counts know?

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
# The table and the figure are the answer for this log: look at how wide the cloud is at a given count. A
# count mixes two things, how often somebody posts and how far a post goes. The expected spread is *per
# post*, so those who post much and are passed on little stand lower by it.
#
# In this world people react to posts and nobody passes one on, so the learned chances describe who
# reacts after whom. What they say of cascades is the model's word, not the log's.
#
# ## Which ten reach most together?
#
# The ten of largest spread may reach the same people. `select_seeds` chooses people who reach *different*
# ones, and certifies how near to the best possible choice it is. Compare with the tops of the lists, by
# simulation, where readers divide their attention evenly (`"weighted_cascade"`):

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
# Who reaches most alone, and who reach most together, are two questions. No list of single scores, not
# even one by spread, answers the second.
#
# ## What to try
#
# - Another rule: `learn_probabilities(graph, rule="em")`, the likeliest chances under the model.
# - Another model: `score(graph, "expected_spread", model="linear_threshold")`.
# - Costs: `select_seeds(graph, costs={…}, budget=20, model=even)`.
