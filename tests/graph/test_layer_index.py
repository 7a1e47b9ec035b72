"""Labels become layers: posts have none, an unfollow belongs to its follow, only follows are states."""

from hypothesis import given, settings
from hypothesis import strategies as st

from influence_graph.graph.layer_index import LayerIndex

KINDS = ["retweet", "like", "follow", "unfollow", "post", "distrust"]


def test_worked_example():
    labels = [
        ("unfollow", "x"),
        ("post", "x"),
        ("retweet", "y"),
        ("follow", "x"),
        ("like", "x"),
        ("post", "y"),
    ]
    index = LayerIndex.of(labels)
    assert index.names == [("follow", "x"), ("like", "x"), ("retweet", "y")]
    assert index.layer.tolist() == [0, 0, 2, 0, 1, 0]
    assert index.event.tolist() == [False, False, True, False, True, False]
    assert index.ends.tolist() == [True, False, False, False, False, False]
    assert index.is_state.tolist() == [True, False, False]
    assert index.kinds == ["follow", "like", "retweet"]
    assert index.kind.tolist() == [0, 1, 2]


def test_a_log_of_posts_has_no_layer():
    index = LayerIndex.of([("post", "x"), ("post", "y")])
    assert index.names == index.kinds == []
    assert index.layer.tolist() == [0, 0]
    assert not index.event.any()
    assert index.is_state.size == index.kind.size == 0


@settings(max_examples=15)
@given(labels=st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from("xy")), unique=True, min_size=1))
def test_every_label_is_found_back_in_its_layer(labels):
    index = LayerIndex.of(labels)
    assert index.names == sorted(set(index.names))
    for number, (kind, network) in enumerate(labels):
        assert index.event[number] == (kind in ("retweet", "like"))
        assert index.ends[number] == (kind == "unfollow")
        if kind != "post":
            layer = index.layer[number]
            assert index.names[layer] == ("follow" if kind == "unfollow" else kind, network)
            assert index.kinds[index.kind[layer]] == index.names[layer][0]
            assert index.is_state[layer] == (kind in ("follow", "unfollow"))
