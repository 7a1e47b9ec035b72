"""The command run."""

import json
import os


def test_run_and_run_again(cli, log, tmp_path):
    (tmp_path / "a.toml").write_text(
        'name = "a"\ntemplate = "agreement"\n[data]\nlog = "log.csv"\n'
        '[[methods]]\nname = "engagement"\n[[methods]]\nname = "pagerank"\n[options]\n'
        "resamples = 2\ndraws = 0\n"
    )
    run = ("run", tmp_path / "a.toml", "--jobs", 1, "--results", tmp_path / "results")
    code, out, err = cli(*run)
    assert (code, "3 of 3 cells computed" in err) == (0, True)
    assert "agreement.pdf" in out
    told = json.loads(cli(*run, "--json")[1])["experiments"][0]
    assert (told["cells"], told["computed"]) == (3, 0)
    assert all(os.path.isfile(path) for path in [*told["tables"].values(), *told["figures"].values()])


def test_results_that_can_t_be_written(cli, log, tmp_path):
    (tmp_path / "a.toml").write_text('name = "a"\ntemplate = "agreement"\n')
    code, _, err = cli("run", tmp_path / "a.toml", "--results", log)
    assert code == 1
    assert f"{log}" in err
    assert "Choose a folder that can be written" in err
