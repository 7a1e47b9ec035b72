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
# # Does posting more lower the score?
#
# Within a person, reactions of a month with more posts are held against those of a month with fewer.
#
# The page [docs/claims/6.md](../docs/claims/6.md) says why this is hard and what may be concluded. This
# notebook runs `posting`, with a tenth of the random draws: on the logs of the config if
# `INFLUENCE_GRAPH_DATA` names a folder of them, else on a small synthetic log, where the answer is that of
# the generator and of no network.

# %%
import warnings

import polars as pl
from claim_runs import run_claim

pl.Config(tbl_rows=30, tbl_cols=12, float_precision=3, fmt_str_lengths=80, tbl_hide_dataframe_shape=True)
warnings.filterwarnings("ignore", message="IProgress not found")

results = list(run_claim(6, "posting"))

# %% [markdown]
# ## Verdicts
#
# Each criterion was written into the config before the results. The whole interval has to lie on one side
# of the margin; otherwise these data can't tell.

# %%
pl.concat(one.verdicts for one in results).filter(claim=6).select(
    "question", "data", "among", "verdict", "value", "low", "high"
)

# %% [markdown]
# ## The figures

# %%
for one in results:
    for figure in one.figures.values():
        display(figure)  # noqa: F821 - IPython's

# %% [markdown]
# A dot between the two lines says: more posts, more reactions, but each post fewer.
#
# ## What was not asked
#
# A log that lacks something (a second network, judgements, posts) gets a note in place of a figure.

# %%
notes = [one.tables["notes"].select("data", "note") for one in results if "notes" in one.tables]
pl.concat(notes).unique(maintain_order=True) if notes else "no notes"
