"""Files come from the folder, the cache or the address, and only with the content that is known."""

import gzip
import hashlib
import shutil
import threading
import zipfile
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pooch
import pytest

from influence_graph.datasets import File, fetch_dataset, get_dataset, is_local, registry
from influence_graph.datasets.fetch import VARIABLE, content_sha256
from influence_graph.errors import DataError, DownloadError

CONTENT = b"1 2 1082040961\n3 4 1082155839\n"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path):
    """A folder and its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of the user, and no folder of one's own."""
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache" / name)
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path / "cache" / "influence_graph"


@pytest.fixture
def toy(monkeypatch):
    """Put a data set of one small file at this address into the registry."""

    def register(url, name="toy.txt.gz"):
        entry = replace(
            get_dataset("collegemsg"),
            name="toy",
            folder="toy",
            files=(File(name, url, {"official": SHA256}, 2),),
        )
        monkeypatch.setitem(registry._DATASETS, "toy", entry)

    return register


def pack(path, content=CONTENT):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content))
    return path


def test_a_file_is_downloaded_once_and_then_found_in_the_cache(served, cache, toy):
    folder, address = served
    packed = pack(folder / "toy.txt.gz")
    toy(f"{address}/toy.txt.gz")
    assert not is_local("toy")
    (path,) = fetch_dataset("toy")
    assert path == cache / "toy" / "toy.txt.gz"
    assert path.read_bytes() == packed.read_bytes()
    packed.unlink()
    assert is_local("toy")
    assert fetch_dataset("toy") == [path]


@pytest.mark.parametrize(
    ("inside", "name"),
    [("data/toy.txt", "toy.txt.gz"), ("toy.txt", "toy.txt"), ("a/toy.txt.gz", "toy.txt.gz")],
)
def test_a_file_is_taken_out_of_an_archive(served, cache, toy, inside, name):
    folder, address = served
    with zipfile.ZipFile(folder / "all.zip", "w") as archive:
        archive.writestr("data/other.txt", "no")
        archive.writestr(inside, gzip.compress(CONTENT) if inside.endswith(".gz") else CONTENT)
    toy(f"{address}/all.zip", name)
    (path,) = fetch_dataset("toy")
    assert content_sha256(path) == SHA256
    assert (gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()) == CONTENT


def test_a_local_folder_wins_and_the_network_is_not_asked(cache, toy, tmp_path, monkeypatch):
    toy("http://127.0.0.1:9/toy.txt.gz")
    mine = pack(tmp_path / "mine" / "toy" / "toy.txt.gz")
    pack(cache / "toy" / "toy.txt.gz")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "mine"))
    assert fetch_dataset("toy") == [mine]


def test_what_is_not_in_the_local_folder_is_taken_from_the_cache(cache, toy, tmp_path, monkeypatch):
    toy("http://127.0.0.1:9/toy.txt.gz")
    cached = pack(cache / "toy" / "toy.txt.gz")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert fetch_dataset("toy") == [cached]


def test_a_tampered_local_file_is_refused_and_left_alone(cache, toy, tmp_path, monkeypatch):
    toy("http://127.0.0.1:9/toy.txt.gz")
    mine = pack(tmp_path / "toy" / "toy.txt.gz", CONTENT + b"5 6 1082155840\n")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    found = hashlib.sha256(CONTENT + b"5 6 1082155840\n").hexdigest()
    with pytest.raises(DownloadError) as raised:
        fetch_dataset("toy")
    message = str(raised.value)
    assert all(part in message for part in (str(mine), found, SHA256, "delete it and download it again"))
    assert mine.exists()


def test_a_wrong_download_is_refused_and_does_not_stay_in_the_cache(served, cache, toy):
    folder, address = served
    pack(folder / "toy.txt.gz", b"an error page")
    toy(f"{address}/toy.txt.gz")
    with pytest.raises(DownloadError, match=r"is not the file toy.txt.gz"):
        fetch_dataset("toy")
    pack(folder / "toy.txt.gz")
    assert fetch_dataset("toy")[0].exists()


def test_a_truncated_file_is_told_from_a_changed_one(cache, toy, tmp_path, monkeypatch):
    toy("http://127.0.0.1:9/toy.txt.gz")
    mine = pack(tmp_path / "toy" / "toy.txt.gz")
    mine.write_bytes(mine.read_bytes()[:-9])
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DownloadError, match="damaged or cut off"):
        fetch_dataset("toy")


@pytest.mark.parametrize("page", [b"<html>", None])
def test_an_archive_that_is_none_or_lacks_the_file_is_told(served, cache, toy, page):
    folder, address = served
    if page is None:
        with zipfile.ZipFile(folder / "all.zip", "w") as archive:
            archive.writestr("other.txt", "no")
    else:
        (folder / "all.zip").write_bytes(page)
    toy(f"{address}/all.zip")
    with pytest.raises(
        DownloadError, match="has no toy.txt, but other.txt" if page is None else "not a zip file"
    ):
        fetch_dataset("toy")
    assert not list(cache.rglob("*.zip"))
    assert not list(cache.rglob("toy.*"))


def test_without_network_the_error_names_address_and_variable(cache):
    def refuse(*_, **__):
        raise OSError("Name or service not known")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pooch, "retrieve", refuse)
        with pytest.raises(DownloadError) as raised:
            fetch_dataset("collegemsg")
    message = str(raised.value)
    assert "https://snap.stanford.edu/data/CollegeMsg.txt.gz" in message
    assert "INFLUENCE_GRAPH_DATA" in message
    assert "collegemsg/CollegeMsg.txt.gz" in message


def test_nobody_listens_at_the_address(cache, toy):
    toy("http://127.0.0.1:9/toy.txt.gz")
    with pytest.raises(DownloadError, match=r"can't be downloaded from http://127.0.0.1:9/toy.txt.gz"):
        fetch_dataset("toy")


def test_a_variable_that_names_no_folder_is_told(cache, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(DownloadError, match=r"nowhere', and that folder does not exist"):
        fetch_dataset("higgs")


def test_what_needs_an_account_is_told_and_what_is_made_is_not_fetched(cache):
    with pytest.raises(DownloadError, match="without an account"):
        fetch_dataset("peerindex")
    with pytest.raises(DataError, match="synthetic: it has no files"):
        fetch_dataset("synthetic")
    assert is_local("synthetic")


def test_a_real_file_with_one_byte_changed_is_refused(data_folder, cache, tmp_path, monkeypatch):
    shutil.copytree(data_folder / "congress", tmp_path / "congress", copy_function=shutil.copyfile)
    edges = tmp_path / "congress" / "congress.edgelist"
    edges.write_bytes(edges.read_bytes().replace(b"0 4 ", b"0 5 ", 1))
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DownloadError, match=r"congress.edgelist"):
        fetch_dataset("congress")
