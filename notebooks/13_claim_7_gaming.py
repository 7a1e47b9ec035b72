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
# # What does it cost to buy a score?
#
# An attacker who knows the method buys the cheapest way into the top; the attack is put into the log and
# scored.
#
# The page [docs/claims/7.md](../docs/claims/7.md) says why this is hard and what may be concluded. This
# notebook runs `gaming`: on the logs of the config if `INFLUENCE_GRAPH_DATA` names a folder of them, else on a small
# synthetic log, whose top is cheap because few people are in it.

# %%
import warnings

import polars as pl
from claim_runs import run_claim

pl.Config(tbl_rows=30, tbl_cols=12, float_precision=3, fmt_str_lengths=80, tbl_hide_dataframe_shape=True)
warnings.filterwarnings("ignore", message="IProgress not found")

results = list(run_claim(7, "gaming"))

# %% [markdown]
# ## Verdicts
#
# Each criterion was written into the config before the results. The interval of a cost ratio is its range over
# the cone of prices, so a verdict holds on all of it.

# %%
pl.concat(one.verdicts for one in results).filter(claim=7).drop_nulls("value").select(
    "question", "data", "among", "verdict", "value", "low", "high"
)

# %% [markdown]
# ## The figures

# %%
for one in results:
    for figure in one.figures.values():
        display(figure)  # noqa: F821 - IPython's

# %% [markdown]
# In the first figure, a bar further right is a method that is dearer to game. In the second, an attack that falls
# far when flagged accounts are removed has bitten back; honest people who lose reactors with it pay for that.
#
# ## What the attacker buys
#
# The cheapest way of putting a new account at the very top, at the middle prices, in units of one new account.

# %%
one.summary.filter((pl.col("person") == "newcomer") & (pl.col("top") == 0.001)).select(
    "method", "attack", "accounts", "events", "bought", "taken_over", "days", "cost"
)
