"""Figures that commands write."""

import pytest
from matplotlib.figure import Figure

from influence_graph import ConfigError
from influence_graph.cli.figures import check_figure, write_figure


@pytest.mark.parametrize(("suffix", "start"), [("pdf", b"%PDF"), ("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_a_figure_in_each_format(tmp_path, suffix, start):
    path = tmp_path / f"figure.{suffix}"
    check_figure(path)
    write_figure(Figure(), path)
    assert path.read_bytes().startswith(start)


def test_what_cannot_be_written_is_said_before(tmp_path):
    with pytest.raises(ConfigError, match=r"should end in \.pdf, \.svg or \.png"):
        check_figure(tmp_path / "figure.jpg")
    with pytest.raises(ConfigError, match="does not exist"):
        check_figure(tmp_path / "none" / "figure.pdf")
