"""A config that is wrong is answered with the file, the line, what was found and the nearest name."""

import pytest

from influence_graph.errors import ConfigError
from influence_graph.experiment.config import read_config
from influence_graph.experiment.run import run_experiment

GOOD = """\
name = "a"
template = "agreement"
seed = 1
[[data]]
dataset = "synthetic"
people = 50
days = 5
[graph]
saturation = "log"
[[methods]]
name = "engagement"
[[methods]]
name = "pagerank"
damping = 0.85
[options]
k = 10
resamples = 5
draws = 0
"""


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "a.toml"
        path.write_text(text)
        return path

    return write


def test_a_good_config_is_read(written):
    config = read_config(written(GOOD)).config
    assert (config.name, config.seed, config.data[0].dataset) == ("a", 1, "synthetic")
    assert config.methods[1].model_extra == {"damping": 0.85}


@pytest.mark.parametrize(
    ("right", "wrong", "line", "said"),
    [
        ("seed = 1", "sede = 1", 3, "no key 'sede' here. Did you mean 'seed'?"),
        ("template =", "templat =", 2, "no key 'templat' here. Did you mean 'template'?"),
        ('"agreement"', '"agrement"', 2, "no template 'agrement'. Did you mean 'agreement'?"),
        ("seed = 1", "seed = -1", 3, "'seed' is -1, but it should be greater than or equal to 0"),
        ("seed = 1", 'seed = "x"', 3, "'seed' is 'x', but it should be a valid integer"),
        ('name = "a"', 'name = "../a"', 1, "names a folder"),
        ('"synthetic"', '"sinthetic"', 5, "no data set 'sinthetic'. Did you mean 'synthetic'?"),
        ('dataset = "synthetic"', "", 4, "one of the keys 'dataset' and 'log'"),
        ("people = 50", "pepole = 50", 6, "no key 'pepole' here. Did you mean 'people'?"),
        ("people = 50", "people = -5", 4, "people"),
        ("saturation", "saturatoin", 9, "no parameter 'saturatoin'. Did you mean 'saturation'?"),
        ('saturation = "log"', 'half_life = "30 parsecs"', 9, "30 parsecs"),
        ('"pagerank"', '"pagerang"', 13, "no method 'pagerang'. Did you mean 'pagerank'?"),
        ("damping = 0.85", "damping = 1.2", 14, "'damping' is 1.2, but it should be less than 1"),
        ("damping = 0.85", "damping = [0.5, 1.2]", 14, "'damping' is 1.2, but it should be less than 1"),
        ("damping = 0.85", "dampng = 0.85", 14, "no parameter 'dampng'. Did you mean 'damping'?"),
        ("damping = 0.85", "damping = []", 14, "empty list"),
        ('name = "pagerank"', 'name = "engagement"', 13, "no parameter 'damping'"),
        ("k = 10", "kk = 10", 16, "no parameter 'kk'"),
        ("k = 10", "k = 0", 16, "'k' is 0"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(written, tmp_path, right, wrong, line, said):
    assert GOOD.count(right) == 1
    path = written(GOOD.replace(right, wrong))
    with pytest.raises(ConfigError) as error:
        run_experiment(path, results=tmp_path / "results")
    message = str(error.value)
    assert said in message
    assert f"{path}, line {line}" in message or wrong == 'name = "engagement"'
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('name = "a\n"', "not valid TOML: .*line 1"),
        ("", "the key 'name' is missing"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_what_is_no_config(tmp_path, text, said):
    path = tmp_path / "a.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=said):
        read_config(path)


def test_a_missing_config_and_a_folder(tmp_path):
    (tmp_path / "agreement.toml").touch()
    with pytest.raises(ConfigError, match=r"Did you mean .*agreement\.toml"):
        read_config(tmp_path / "agrement.toml")
    with pytest.raises(ConfigError, match="is a folder"):
        read_config(tmp_path)


def test_two_methods_of_one_label(tmp_path):
    methods = [{"name": "engagement"}, {"name": "engagement"}]
    config = {"name": "a", "template": "agreement", "data": {"dataset": "synthetic"}, "methods": methods}
    with pytest.raises(ConfigError, match=r"called 'engagement'\. Give one a label"):
        run_experiment(config, results=tmp_path)
