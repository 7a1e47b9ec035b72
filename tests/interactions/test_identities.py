"""People across networks: accounts that are one person, and accounts that are not."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influence_graph.errors import SchemaError
from influence_graph.interactions.read import read_interactions

LOG = pl.DataFrame(
    {
        "source": ["ann", "bea", "ann", "cem"],
        "target": ["bea", "ann", "ann_m", None],
        "kind": ["like", "reply", "mention", "post"],
        "network": ["x", "m", "x", "m"],
    }
)
IDENTITIES = pl.DataFrame(
    {"network": ["x", "m", "x"], "account": ["ann", "ann_m", "ann_m"], "person": ["Ann", "Ann", "Ann"]}
)


def pairs(log):
    return log.frame.select("source", "target").collect().rows()


def test_shared_ids_are_one_person_everywhere():
    assert pairs(read_interactions(LOG)) == [("ann", "bea"), ("bea", "ann"), ("ann", "ann_m"), ("cem", None)]


def test_separate_ids_are_a_person_a_network():
    log = read_interactions(LOG, accounts="separate")
    assert pairs(log) == [("x/ann", "x/bea"), ("m/bea", "m/ann"), ("x/ann", "x/ann_m"), ("m/cem", None)]


def test_listed_accounts_become_their_person_and_others_stay_themselves():
    log = read_interactions(LOG, identities=IDENTITIES)
    assert pairs(log) == [("Ann", "x/bea"), ("m/bea", "m/ann"), ("m/cem", None)]
    assert log.report.left_out.select("reason", "rows").rows() == [
        ("self-interaction once accounts are people", 1)
    ]
    assert "identities: of 3 listed accounts the log lacks 1" in log.report.notes


def test_identities_from_a_file(tmp_path):
    IDENTITIES.write_csv(tmp_path / "who.csv")
    from_file = read_interactions(LOG, identities=tmp_path / "who.csv")
    assert pairs(from_file) == pairs(read_interactions(LOG, identities=IDENTITIES))
    assert from_file.fingerprint != read_interactions(LOG, accounts="separate").fingerprint


def test_integer_accounts():
    log = pl.DataFrame({"source": [1], "target": [2]})
    who = pl.DataFrame({"network": ["default"], "account": [1], "person": ["Ann"]})
    assert pairs(read_interactions(log, identities=who)) == [("Ann", "default/2")]


def test_networks_may_differ_in_the_type_of_their_ids(tmp_path):
    pl.DataFrame({"source": [1], "target": [2], "network": ["x"]}).write_csv(tmp_path / "x.csv")
    pl.DataFrame({"source": ["a"], "target": ["b"], "network": ["m"]}).write_csv(tmp_path / "y.csv")
    assert pairs(read_interactions(tmp_path, accounts="separate")) == [("x/1", "x/2"), ("m/a", "m/b")]


_names = st.text("ab/%25F", min_size=1, max_size=5)


@given(st.lists(st.tuples(_names, _names), min_size=1, max_size=20, unique=True))
def test_distinct_accounts_never_become_one(accounts):
    log = pl.DataFrame(
        {"source": [account for _, account in accounts], "network": [network for network, _ in accounts]}
    ).with_columns(target=pl.lit(None, pl.String), kind=pl.lit("post"))
    read = read_interactions(log, accounts="separate").frame.collect()
    assert read["source"].n_unique() == len(accounts)
    assert (read["source"].str.count_matches("/", literal=True) == 1).all()


def test_escaped_and_plain_names_differ():
    log = pl.DataFrame({"source": ["a/b", "a%2Fb"], "target": ["c", "c"]})
    assert pairs(read_interactions(log, accounts="separate")) == [
        ("default/a%2Fb", "default/c"),
        ("default/a%252Fb", "default/c"),
    ]


class TestBadIdentities:
    def told(self, identities):
        with pytest.raises(SchemaError) as raised:
            read_interactions(LOG, identities=identities)
        return str(raised.value)

    def test_an_account_of_two_people(self):
        other = pl.DataFrame({"network": ["x"], "account": ["ann"], "person": ["Annabel"]})
        text = self.told(pl.concat([IDENTITIES, other]))
        assert "the account 'ann' on 'x' is claimed by 'Ann' and by 'Annabel'" in text

    def test_a_row_twice_is_no_claim(self):
        twice = pl.concat([IDENTITIES, IDENTITIES])
        assert pairs(read_interactions(LOG, identities=twice)) == pairs(
            read_interactions(LOG, identities=IDENTITIES)
        )

    def test_a_column_that_is_missing(self):
        assert "there is no column 'person'" in self.told(IDENTITIES.rename({"person": "persn"}))

    @pytest.mark.parametrize("column", ["network", "account", "person"])
    @pytest.mark.parametrize("value", [None, " "])
    def test_values_that_are_empty(self, column, value):
        last = IDENTITIES[-1:].with_columns(pl.lit(value, pl.String).alias(column))
        assert f"row 3: column '{column}' is empty" in self.told(pl.concat([IDENTITIES[:2], last]))

    def test_a_person_named_like_an_account(self):
        names = IDENTITIES.with_columns(person=pl.lit("x/bea"))
        assert "the person 'x/bea' is called like an account of the network 'x'" in self.told(names)
