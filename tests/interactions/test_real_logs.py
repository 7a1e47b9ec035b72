"""The real data sets, with the figures that are known of them."""

import os
import subprocess
import sys

import polars as pl
import pytest

from influence_graph.interactions.read import read_interactions

HIGGS = {
    "columns": ["source", "target", "timestamp", "kind"],
    "kind_names": {"RT": "retweet", "MT": "mention", "RE": "reply"},
}


def higgs(data_folder, **options):
    return read_interactions(data_folder / "higgs" / "higgs-activity_time.txt.gz", **HIGGS, **options)


def left_out(log):
    return dict(log.report.left_out.select("reason", "rows").iter_rows())


TWICE = "recorded twice: a {} that is there as another kind"


@pytest.fixture(scope="module")
def log(data_folder):
    return higgs(data_folder)


class TestHiggs:
    def test_whole(self, log):
        assert log.report.read == 563_069
        assert left_out(log) == {"self-interaction": 7_588}
        frame = log.frame.collect()
        assert frame.height == 563_069 - 7_588
        assert frame.schema["source"] == pl.Int64
        assert [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in log.span] == [
            "2012-07-01 00:02:52",
            "2012-07-07 23:59:53",
        ]
        assert any("'reply' rows are there as 'mention' too" in note for note in log.report.notes)

    def test_every_reply_is_there_as_a_mention(self, data_folder):
        log = higgs(data_folder, one_act=("reply", "mention"))
        assert left_out(log)[TWICE.format("mention")] == 36_902

    def test_retweets_too(self, data_folder):
        log = higgs(data_folder, one_act=("retweet", "reply", "mention"))
        counts = left_out(log)
        assert counts[TWICE.format("mention")] == 40_450
        assert counts[TWICE.format("reply")] == 1
        # 507 of the 7,588 self-interactions are second records of an act, and count as that.
        assert counts["self-interaction"] == 7_588 - 507
        assert log.report.kept == 563_069 - sum(counts.values())

    def test_the_networks_agree_with_the_log(self, log, data_folder):
        """The aggregated files hold the same acts: the sum over equal pairs of the log."""
        kept = log.frame.filter(pl.col("kind") == "reply").collect()
        path = data_folder / "higgs" / "higgs-reply_network.edgelist.gz"
        network = read_interactions(
            path, columns=["source", "target", "weight"], kind="reply"
        ).frame.collect()
        assert network["weight"].sum() == kept.height
        counted = kept.group_by("source", "target").len().sort("source", "target")
        assert counted["len"].to_list() == network.sort("source", "target")["weight"].to_list()


def test_college_messages(data_folder):
    path = data_folder / "collegemsg" / "CollegeMsg.txt.gz"
    log = read_interactions(path, columns=["source", "target", "timestamp"], kind="message")
    assert (log.report.read, log.report.kept) == (59_835, 59_835)
    ends = log.frame.select("source", "target").collect()
    assert pl.concat([ends["source"], ends["target"]]).n_unique() == 1_899


def test_bitcoin_otc(data_folder):
    path = data_folder / "bitcoin-otc" / "soc-sign-bitcoinotc.csv.gz"
    names = {"source": "from", "target": "to", "weight": "feature", "timestamp": "time"}
    log = read_interactions(path, columns=names, kind="trust", signed=True)
    assert log.report.kept == 35_592
    raw = pl.read_csv(path)
    assert log.kinds["distrust"] == (raw["feature"] < 0).sum()
    assert log.frame.collect()["weight"].to_list() == raw["feature"].abs().to_list()


THREADS = """
import sys
from influence_graph.interactions.fingerprint import frame_digest
from influence_graph.interactions.read import read_interactions
columns = ["source", "target", "timestamp", "kind"]
log = read_interactions(sys.argv[1], columns=columns, one_act=("RT", "RE", "MT"), accounts="separate")
print(frame_digest(log.frame.collect()).hex(), log.report.left_out.rows(), log.report.notes, log.fingerprint)
"""


def test_one_thread_and_two_give_the_same_bytes(data_folder):
    path = data_folder / "higgs" / "higgs-activity_time.txt.gz"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", THREADS, str(path)],
            env=os.environ | {"POLARS_MAX_THREADS": threads},
            stdout=subprocess.PIPE,
            text=True,
        )
        for threads in ("1", "2")
    ]
    outputs = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0, 0]
    assert len(outputs) == 1
    assert "40450" in outputs.pop()


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_a_real_log_written_and_read_again(data_folder, tmp_path, format):
    frame = read_interactions(
        data_folder / "collegemsg" / "CollegeMsg.txt.gz", columns=["source", "target", "timestamp"]
    ).frame.collect()
    path = tmp_path / f"log.{format}"
    getattr(frame, f"write_{format}")(path)
    assert read_interactions(path).frame.collect().equals(frame)
