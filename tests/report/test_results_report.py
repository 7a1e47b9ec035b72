"""The report on an experiment."""

import polars as pl

from influence_graph.report.results_report import report_results


def test_results_are_shown_as_they_are(tmp_path, parsed):
    drawing = tmp_path / "f.svg"
    drawing.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    manifest = {
        "name": "x<y",
        "template": "agreement",
        "cells": [{}],
        "seed": 1,
        "config": {"title": "A <b>title</b>"},
        "skipped": ["Higgs: left out"],
        "versions": {"numpy": "2.4"},
    }
    summary = pl.DataFrame({"method": ["<i>m</i>"], "value": [0.123456]})
    page = report_results(manifest, summary, {"t": summary}, {"f": drawing})
    found = parsed(page)
    text = " ".join(found.text)
    assert "script" not in found.tags
    for word in ("A <b>title</b>", "<i>m</i>", "0.1235", "Higgs: left out", "x<y"):
        assert word in text
    assert found.tags.count("img") == 1


def test_a_long_summary_is_cut_and_says_so(parsed):
    manifest = {"name": "long", "template": "agreement"}
    long = pl.DataFrame({"row": [f"r{number}" for number in range(1, 1202)]})
    text = " ".join(parsed(report_results(manifest, long, {}, {}, title="Mine")).text)
    assert "the first 200 of 1,201 rows" in text
    assert "r200" in text
    assert "r201" not in text
    assert "Results of the experiment long." in text
    assert "Mine" in text


def test_it_answers_first(parsed):
    verdicts = pl.DataFrame(
        {
            "question": ["Does it pay?"] * 14 + ["Is it <fair>?"],
            "data": ["Higgs"] * 14 + ["R lists"],
            "among": ["active"] * 15,
            "graph": [""] * 15,
            "verdict": ["yes"] * 10 + ["no"] * 4 + ["these data can't tell"],
            "value": [0.25] * 15,
            "low": [0.125] * 14 + [None],
            "high": [0.5] * 14 + [None],
        }
    )
    notes = pl.DataFrame({"data": ["Higgs"], "note": ["no items"]})
    summary = pl.DataFrame({"method": ["m"]})
    page = report_results(
        {"name": "x", "template": "t"}, summary, {"verdicts": verdicts, "notes": notes}, {}, title="Mine"
    )
    found = parsed(page)
    text = " ".join(" ".join(found.text).split())
    assert "Does it pay? yes: 10; no: 4 (the first 12 of 14)" in text
    assert "Is it <fair>? these data can't tell: 1" in text
    assert "0.125 to 0.5" in text
    assert text.count("Higgs · active") == 12
    assert "Higgs: no items" in text
    assert page.index("Does it pay?") < page.index('id="summary"')
