"""Manifests: what was changed is found, and named."""

import json

import pytest
import xxhash

from influence_graph.checksums import DamagedError, check_files, read_manifest, write_manifest


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.bin").write_bytes(bytes(range(256)) * 9_000)
    (tmp_path / "empty").touch()
    write_manifest(tmp_path, {"words": ["é", "\udcff"], "number": 0.1, "other": {1}}, default=sorted)
    return tmp_path


def test_a_manifest_says_what_was_written(folder):
    manifest = read_manifest(folder)
    assert manifest == {
        "words": ["é", "\udcff"],
        "number": 0.1,
        "other": [1],
        "files": {
            name: {"bytes": len(content), "xxh3_128": xxhash.xxh3_128_hexdigest(content)}
            for name, content in (("a.bin", bytes(range(256)) * 9_000), ("empty", b""))
        },
    }
    check_files(folder, manifest["files"])


def test_a_flip_in_any_byte_of_a_manifest_is_found_or_changes_nothing(folder):
    file, manifest = folder / "manifest.json", read_manifest(folder)
    content = file.read_bytes()
    found = 0
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1 << place % 8
        file.write_bytes(flipped)
        try:
            assert read_manifest(folder) == manifest
        except DamagedError:
            found += 1
    assert found > 0.8 * len(content)


@pytest.mark.parametrize("place", [0, 1 << 20, -1])
def test_a_flip_of_a_file_is_found(folder, place):
    content = bytearray((folder / "a.bin").read_bytes())
    content[place] ^= 128
    (folder / "a.bin").write_bytes(content)
    files = read_manifest(folder)["files"]
    check_files(folder, files, ["empty"])
    check_files(folder, files, contents=False)
    with pytest.raises(DamagedError, match=r"a\.bin is damaged: its checksum differs"):
        check_files(folder, files)


def test_missing_short_and_unreadable_files(folder):
    files = read_manifest(folder)["files"]
    (folder / "empty").write_text("x")
    with pytest.raises(DamagedError, match="empty is damaged: it has 1 bytes, expected 0"):
        check_files(folder, files, contents=False)
    (folder / "empty").unlink()
    with pytest.raises(DamagedError, match="empty is missing"):
        check_files(folder, files)


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"a": 1}), "[" * 100_000, "\xff"])
def test_what_is_no_manifest(folder, text):
    (folder / "manifest.json").write_text(text, "latin-1")
    with pytest.raises(DamagedError, match=r"manifest\.json"):
        read_manifest(folder)
