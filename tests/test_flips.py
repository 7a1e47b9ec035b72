"""Flipped bits of stored files are found or harmless: a small run of ``benchmarks/flips.py``."""

import importlib.util
from pathlib import Path


def test_flipped_bits_are_found_or_harmless():
    path = Path(__file__).parents[1] / "benchmarks" / "flips.py"
    spec = importlib.util.spec_from_file_location("flips", path)
    flips = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(flips)
    table = flips.outcomes(20)
    assert table["files"].to_list() == list(flips.KINDS)
    assert table["wrong"].sum() == 0
    assert table["found"].min() >= 15
