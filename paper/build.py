"""Compile the paper from what results say: ``python paper/build.py``.

Sentences that state a verdict name the criterion they rest on. If a result says otherwise, nothing is
compiled, and the message names sentence, criterion and data.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import typst

import summary

SOURCES = Path(__file__).parent
#: Drawn by the experiments and kept with the pages of the claims.
FIGURES = SOURCES.parent / "docs" / "claims" / "figures"
#: Number of printed digits of a commit or a hash.
SHOWN = 8
#: Of a sentence that says that there is none.
NO_RESULT = "no result"
#: What numbers.typ calls a number that it did not find, or a comparison that does not hold.
NUMBERS = ("a number", "one effect", "what it compares")


class OutdatedError(Exception):
    """The paper says something that the results do not."""


def build(results: Mapping[str, Any], folder: Path, *, figures: Path = FIGURES, check: bool = True) -> Path:
    """Compile the paper from a summary of results and return the path of the PDF.

    ``folder`` becomes a Typst project of its own: sources, numbers, figures and the PDF. Without ``check`` a
    sentence may say what the results do not; the title then says so.
    """
    not_typst = shutil.ignore_patterns("*.py", "*.md", "__pycache__")
    shutil.copytree(SOURCES, folder, dirs_exist_ok=True, ignore=not_typst)
    shutil.copytree(figures, folder / "figures", dirs_exist_ok=True)
    content = {**results, "software": version("influence-graph"), "draft": not check, "shown": SHOWN}
    (folder / "numbers.json").write_text(json.dumps(content, ensure_ascii=False, allow_nan=False), "utf-8")
    if check and (wrong := list(outdated(bound(folder)))):
        raise OutdatedError("The paper says what the results do not.\n" + "\n".join(wrong))
    pdf = folder / "influence_graph.pdf"
    # Typst's own fonts only: the same pages on every machine.
    typst.compile(folder / "main.typ", output=pdf, root=folder, ignore_system_fonts=True)
    return pdf


def bound(folder: Path) -> list[dict[str, Any]]:
    """Return every sentence of a project that rests on a verdict, with the verdicts that were found."""
    found = typst.query(folder / "main.typ", "<bound>", field="value", root=folder, ignore_system_fonts=True)
    sentences: list[dict[str, Any]] = json.loads(found)
    return sentences


def outdated(sentences: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a message for each sentence whose verdict the results do not have."""
    for one in sentences:
        found, keys, wanted = one["found"], one["keys"], one["verdict"]
        where = "; ".join(f"{name}: {' or '.join(_listed(value))}" for name, value in keys.items())
        sentence = " ".join(one["sentence"].split())
        says = f"- “{sentence}” rests on {wanted!r} of {one['experiment']} ({where})."
        if wanted == NO_RESULT:
            if found:
                yield f"{says} There is one: {_shown(found[0])}"
            continue
        if wanted in NUMBERS:
            yield f"{says} The results do not have it."
            continue
        logs = {row["data"] for row in found}
        missing = [name for name in _listed(keys.get("data", ())) if name not in logs]
        if missing or not found:
            yield f"{says} There is no result{' on ' + ', '.join(missing) if missing else ''}."
            continue
        other = [row for row in found if row["verdict"] != wanted]
        if len(found) - len(other) < one["least"] * len(found):
            yield "\n    ".join([f"{says} The results say:", *map(_shown, other[:8])])


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _shown(row: Mapping[str, Any]) -> str:
    numbers = ["none" if row[name] is None else f"{row[name]:.3f}" for name in ("value", "low", "high")]
    place = ", ".join(row[name] for name in ("data", "graph", "among") if row[name])
    return f"{row['verdict']!r} to “{row['question']}” on {place}: {numbers[0]} [{numbers[1]}, {numbers[2]}]"


def main() -> None:
    """Compile the paper from the committed summary of results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--summary", type=Path, default=summary.COMMITTED, help="default: paper/results.json")
    parser.add_argument("--out", type=Path, default=SOURCES.parent / "build" / "paper")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    try:
        pdf = build(summary.read(given.summary), given.out)
    except OutdatedError as error:
        sys.exit(str(error))
    print(f"The paper is {pdf}, made from {given.summary}")


if __name__ == "__main__":
    main()
