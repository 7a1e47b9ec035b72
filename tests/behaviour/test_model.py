"""Every parameter has a domain, and a value outside is an error that names it."""

import dataclasses

import numpy as np
import pytest

from influence_graph.behaviour.model import BehaviourModel
from influence_graph.errors import ConfigError

OUTSIDE = {
    "answered": [-1.1, np.inf, np.nan],
    "answer_cost": [0.0, -1.0, np.inf],
    "attention_limit": [0.5, np.nan],
    "overload_threshold": [0.0, -3.0],
    "lifetime": [0, 1.5],
    "answered_steps": [0, -1],
    "follow": [-0.1, 1.1],
    "burst": [-1, np.nan],
}


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(BehaviourModel)])
def test_a_parameter_outside_its_domain_is_an_error(name):
    for value in OUTSIDE.get(name, [-0.1, np.inf, np.nan]):
        with pytest.raises(ConfigError, match=name):
            BehaviourModel(**{name: value})


def test_shares_of_kinds_are_shares():
    with pytest.raises(ConfigError, match="at most 1"):
        BehaviourModel(retweets=0.6, replies=0.6)
    BehaviourModel(attention_limit=np.inf, overload_threshold=np.inf, burst=np.inf, answered=-1)
