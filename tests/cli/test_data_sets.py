"""The commands of data sets."""

import json

import polars as pl


def test_datasets(cli, tmp_path):
    listed = json.loads(cli("datasets", "list", "--json")[1])["datasets"]
    assert {"synthetic", "higgs"} <= {row["name"] for row in listed}
    assert cli("datasets", "list")[0] == 0
    out = tmp_path / "log.parquet"
    made = ("datasets", "make", out, "--people", 60, "--days", 3, "--param", "mean_degree=2")
    told = json.loads(cli(*made, "--seed", 2, "--json")[1])
    assert pl.read_parquet(out).height == told["rows"] > 0
    first = out.read_bytes()
    cli(*made, "--seed", 2)
    assert out.read_bytes() == first
    cli(*made, "--seed", 3)
    assert out.read_bytes() != first


def test_fetch_takes_the_local_folder(cli, data_folder):
    code, out, _ = cli("datasets", "fetch", "collegemsg")
    assert (code, str(data_folder) in out) == (0, True)
