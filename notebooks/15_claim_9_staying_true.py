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
# # Is staying true to one's audience the best way up?
#
# Steady people and people who answer their audience, against chasers, wanderers and a pod, at equal effort.
#
# The page [docs/claims/9.md](../docs/claims/9.md) says why this is hard and what may be concluded. This
# notebook runs `chasing`. With `INFLUENCE_GRAPH_DATA` set, worlds have the size of the config, and readers answer as those of
# the R lists do; else a few small worlds of people who see a count of their reactors, which take seconds and
# show the machinery, not the answer.

# %%
import warnings

import polars as pl
from claim_runs import run_claim

pl.Config(tbl_rows=30, tbl_cols=12, float_precision=3, fmt_str_lengths=80, tbl_hide_dataframe_shape=True)
warnings.filterwarnings("ignore", message="IProgress not found")

results = list(run_claim(9, "chasing"))

# %% [markdown]
# ## Verdicts
#
# Each criterion was written into the config with a margin of one point of the hundred. A world is the unit, so few
# worlds mean wide intervals, and most rows below can't tell.

# %%
pl.concat(one.verdicts for one in results).filter(claim=9).drop_nulls("value").select(
    "question", "graph", "among", "verdict", "value", "low", "high"
)

# %% [markdown]
# ## The figures

# %%
for one in results:
    for figure in one.figures.values():
        display(figure)  # noqa: F821 - IPython's

# %% [markdown]
# The map shows where in the swept range the claim holds: how much quality suffers when effort is spread, and how
# much being answered moves readers.
#
# ## A score, and reactions
#
# What lifts a score need not bring reactions of the audience. Where the two part, the score is at fault.

# %%
rivals = one.tables["effects"].filter(
    pl.col("contrast").is_in(["gamer - steady", "devoted - steady", "bandit - steady", "random walk - steady"]),
    pl.col("measure").is_in(["score", "reactions"]),
    pl.col("among") == "reactors, off the optimum",
    pl.col("graph").str.starts_with("base"),
)
rivals.select("contrast", "measure", "value", "low", "high")
