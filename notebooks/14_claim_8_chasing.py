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
# # Does chasing a score lower it?
#
# People who change what they do by what last raised their score, against the same people who go on as before.
#
# The page [docs/claims/8.md](../docs/claims/8.md) says why this is hard and what may be concluded. This
# notebook runs `chasing`. With `INFLUENCE_GRAPH_DATA` set, worlds have the size of the config, and readers answer as those of
# the R lists do; else a few small worlds of people who see a count of their reactors, which take seconds and
# show the machinery, not the answer.

# %%
import warnings

import polars as pl
from claim_runs import run_claim

pl.Config(tbl_rows=30, tbl_cols=12, float_precision=3, fmt_str_lengths=80, tbl_hide_dataframe_shape=True)
warnings.filterwarnings("ignore", message="IProgress not found")

results = list(run_claim(8, "chasing"))

# %% [markdown]
# ## Verdicts
#
# Each criterion was written into the config with a margin of one point of the hundred. A world is the unit, so few
# worlds mean wide intervals, and most rows below can't tell.

# %%
pl.concat(one.verdicts for one in results).filter(claim=8).drop_nulls("value").select(
    "question", "graph", "among", "verdict", "value", "low", "high"
)

# %% [markdown]
# ## The figures

# %%
for one in results:
    for figure in one.figures.values():
        display(figure)  # noqa: F821 - IPython's

# %% [markdown]
# In the first figure, a point left of the line is an arm that ends below its rival.
#
# ## Feedback, and the cost of changing
#
# *Yoked* people repeat, blindly, the changes of a chaser of another world. So chaser − steady is the sum of what
# one's own feedback is worth (chaser − yoked) and what changing costs (yoked − steady), exactly.

# %%
split = one.tables["effects"].filter(pl.col("measure") == "score", pl.col("among") == "reactors, off the optimum")
split.filter(pl.col("contrast").is_in(["chaser - steady", "chaser - yoked", "yoked - steady"])).select(
    "graph", "contrast", "value", "low", "high"
)
