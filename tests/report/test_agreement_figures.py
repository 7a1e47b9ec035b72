"""The figure of agreement with noise and without: what is drawn is what is in the table."""

import polars as pl
import pytest

from influence_graph.report.agreement_figures import agreement_sweep, noise
from influence_graph.report.figures import MEASURES

LOGS = {"this log": "kendall_tau_b", "independent halves": "kendall_tau_b", "corrected": "log_pearson"}


def parts(low=0.1):
    rows = []
    for number, (log, measure) in enumerate(LOGS.items()):
        for place, over in enumerate(("everybody", "with a reaction")):
            for other, b in enumerate(("pagerank", "activity")):
                value = 0.2 + 0.1 * number + 0.05 * place + 0.01 * other
                rows.append(
                    ("d", "", log, over, "engagement", b, measure, value, value - low, value + low, 9)
                )
            if log == "independent halves":
                rows.append(("d", "", log, over, "pagerank", "pagerank", measure, 0.77, None, None, 9))
    columns = ["data", "graph", "log", "over", "a", "b", "measure", "value", "low", "high", "people"]
    return pl.DataFrame(rows, columns, orient="row").with_columns(level=pl.lit(0.8))


def test_every_pair_with_the_baseline_is_drawn_and_each_method_with_itself():
    figure = noise(parts())
    for number, panel in enumerate(figure.axes):
        drawn = sorted(line.get_xdata()[0] for line in panel.lines if line.get_marker() in "os")
        expected = [0.2 + 0.1 * number + more for more in (0.0, 0.01, 0.05, 0.06)]
        assert drawn == pytest.approx(expected)
        bars = [line.get_xdata()[0] for line in panel.lines if line.get_marker() == "|"]
        assert bars == ([0.77, 0.77] if number == 1 else [])
        assert len(panel.collections) == 4
    told = [text.get_text() for text in figure.legends[0].get_texts()]
    assert told == [
        "With engagement, over everybody",
        "Over those with a reaction, with 80 % intervals",
        "Each with itself",
    ]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["pagerank", "activity"]


def test_a_missing_figure_is_said_to_be_missing():
    table = parts().with_columns(value=pl.when(log="corrected", b="activity").then(None).otherwise("value"))
    assert [text.get_text() for text in noise(table).axes[2].texts] == ["missing", "missing"]


@pytest.mark.parametrize(("at", "rest"), [(["1d", "7d", "none"], [""]), ([0.1, 1.0, 30.0], ["a=1", "a=2"])])
def test_a_sweep_has_the_value_on_its_axis_and_a_line_a_method(at, rest):
    rows = [
        {"data": "d", "rest": other, "a": "pagerank" if turned else "engagement",
         "b": "engagement" if turned else "reactors", "measure": measure, "k": 5, "parameter": "half_life",
         "at": value, "value": 0.1 * place + 0.05 * turned, "low": 0.0, "high": 1.0}
        for other in rest for measure in MEASURES for place, value in enumerate(at) for turned in (0, 1)
    ]  # fmt: skip
    figure = agreement_sweep(pl.DataFrame(rows), baseline="engagement")
    assert len(figure.axes) == len(rest) * len(MEASURES)
    for panel in figure.axes:
        assert panel.get_xlabel() == "half_life"
        assert [list(line.get_ydata()) for line in panel.lines] == [
            pytest.approx([0, 0.1, 0.2]), pytest.approx([0.05, 0.15, 0.25]),
        ]  # fmt: skip
        assert list(panel.lines[0].get_xdata()) == (at if isinstance(at[0], float) else [0, 1, 2])
    assert figure.axes[0].get_title("left") == " · ".join(["d", rest[0]] if rest[0] else ["d"])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["reactors", "pagerank"]


def test_a_log_whose_parts_lack_the_baseline_has_no_panels():
    others = parts().filter(b="pagerank").with_columns(data=pl.lit("large"), a=pl.lit("activity"))
    assert len(noise(pl.concat([parts(), others])).axes) == 3
