"""The commands explain and report."""

import json

import pytest


def test_explain_prints_parts_that_add_up(cli, log):
    code, out, err = cli("explain", log, "ann", "--method", "engagement", "--kinds", "retweet=1,reply=0.5")
    assert code == 0
    assert "ann has 100.0 of 100 points by engagement: rank 1 of 3" in out
    assert "Raw value 1.5, by kind, network:" in out
    assert "without retweet: " in out
    assert "3 of 4 rows kept" in err


def test_explain_for_machines_and_as_a_figure(cli, log, tmp_path):
    figure = tmp_path / "why.svg"
    code, out, _ = cli(
        "explain", log, "ann", "--by", "reactor,period", "--without", "cat", "--json", "--figure", figure
    )
    told = json.loads(out)
    assert code == 0
    assert sum(part["value"] for part in told["decomposition"]) == pytest.approx(told["raw"], rel=1e-9)
    assert sum(part["points"] for part in told["attribution"]) == pytest.approx(told["score"], rel=1e-9)
    assert told["counterfactuals"][-1]["part"] == "cat"
    assert figure.read_text().startswith("<?xml")


def test_explain_names_those_alike_and_checks_before_it_works(cli, log, tmp_path):
    code, _, err = cli("explain", log, "anne")
    assert (code, "Did you mean 'ann'?" in err) == (1, True)
    code, _, err = cli("explain", log, "ann", "--figure", tmp_path / "why.doc")
    assert (code, ".pdf, .svg or .png" in err) == (1, True)
    code, _, err = cli("explain", log, "ann", "--figure", tmp_path / "why.svg", "--attribute-to", "none")
    assert (code, "--attribute-to" in err) == (1, True)
    code, _, err = cli("explain", log, "ann", "--method", "activity")
    assert (code, "has no decomposition" in err) == (1, True)


def test_explain_takes_numbers_for_ids_that_are_numbers(cli, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("source,target\n12,7\n13,7\n")
    code, out, _ = cli("explain", path, "7", "--method", "reactors", "--by", "none")
    assert (code, "7 has 100.0 of 100 points" in out) == (0, True)
    code, _, err = cli("explain", path, "seven")
    assert (code, "whose ids are integers" in err) == (1, True)


def test_report_of_a_log(cli, log, tmp_path):
    out = tmp_path / "report.html"
    code, printed, err = cli("report", log, "--out", out, "--person", "ben", "--title", "Mine", "--json")
    assert code == 0
    assert json.loads(printed) == {"out": str(out), "bytes": out.stat().st_size}
    page = out.read_text("utf-8")
    assert "<title>Mine</title>" in page
    assert "<bdi>ben</bdi>" in page
    code, _, err = cli("report", log, "--out", tmp_path / "report.txt")
    assert (code, "should end in .html" in err) == (1, True)
    code, _, err = cli("report", log, "--out", tmp_path / "none" / "report.html")
    assert (code, "does not exist" in err) == (1, True)


def test_report_of_results(cli, tmp_path):
    config = tmp_path / "small.toml"
    config.write_text(
        'name = "small"\ntemplate = "agreement"\n[[data]]\ndataset = "synthetic"\npeople = 60\ndays = 5\n'
        '[[methods]]\nname = "engagement"\n[[methods]]\nname = "reactors"\n[options]\n'
        "resamples = 5\ndraws = 0\n"
    )
    assert cli("run", config, "--results", tmp_path / "results", "--jobs", 1)[0] == 0
    out = tmp_path / "report.html"
    assert cli("report", tmp_path / "results" / "small", "--out", out)[0] == 0
    page = out.read_text("utf-8")
    assert "Results of the experiment small." in page
    assert "kendall_tau_b" in page
    assert "data:image/svg+xml;base64," in page
    table, manifest = (
        next((tmp_path / "results" / "small").glob(f"*/{name}"))
        for name in ("scores.parquet", "manifest.json")
    )
    table.write_bytes(table.read_bytes()[:-1])
    code, _, err = cli("report", tmp_path / "results" / "small", "--out", out)
    assert (code, err.count("\n")) == (1, 1)
    again = f"influence-graph run {config} --results {tmp_path / 'results'}"
    assert f"scores.parquet is damaged: it has {table.stat().st_size:,} bytes" in err
    assert f"Run the experiment again: {again}." in err
    manifest.unlink()
    for folder in (manifest.parent, manifest.parent.parent):
        code, _, err = cli("report", folder, "--out", out)
        assert (code, "it has no manifest.json. Run the experiment first" in err) == (1, True)
    assert out.read_text("utf-8") == page
