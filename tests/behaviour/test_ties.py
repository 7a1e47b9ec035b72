"""Ties are those of the audience, latent ones wait, and pairs are found."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from influence_graph.behaviour.audience import synthetic_audience
from influence_graph.behaviour.keyed_numbers import world_key
from influence_graph.behaviour.ties import find_ties, make_ties
from influence_graph.errors import ConfigError

KEY = world_key(1, 0)


def test_ties_are_the_audience_and_latent_ones_are_not_active():
    audience, latent = (synthetic_audience(60, mean_degree=5, rng=seed) for seed in (1, 2))
    ties = make_ties(audience, latent=latent, spread=1.0, key=KEY)
    reader = ties.reader()
    active = csr_array((ties.active.astype(float), (reader, ties.author)), shape=(60, 60)).toarray()
    assert (active == audience.toarray()).all()
    assert len(ties.author) == np.count_nonzero(audience.toarray() + latent.toarray())
    assert (ties.answered == -1).all()
    # The strength belongs to the pair, whatever else there is.
    alone = make_ties(audience, spread=1.0, key=KEY)
    place = find_ties(ties.bounds, ties.author, alone.reader(), alone.author)
    assert (ties.strength[place] == alone.strength).all()
    assert np.log(ties.strength).std() == pytest.approx(1, abs=0.15)


def test_find_ties_is_a_lookup_in_the_dense_matrix():
    audience = synthetic_audience(30, mean_degree=4, rng=3)
    ties = make_ties(audience, key=KEY)
    reader, author = (each.ravel() for each in np.mgrid[:30, :30])
    found = find_ties(ties.bounds, ties.author, reader, author)
    there = audience.toarray().astype(bool)[reader, author]
    assert ((found >= 0) == there).all()
    assert (ties.author[found[there]] == author[there]).all()
    assert (ties.reader()[found[there]] == reader[there]).all()


def test_matrices_must_fit():
    with pytest.raises(ConfigError, match="square"):
        make_ties(csr_array((2, 3)), key=KEY)
    with pytest.raises(ConfigError, match="latent"):
        make_ties(csr_array((3, 3)), latent=csr_array((2, 2)), key=KEY)
