"""Count the lines of code of the package, by subpackage, and list long functions: ``make count``.

A line of code has a token that is neither a comment nor part of a docstring; blank lines do not count.
"""

from __future__ import annotations

import argparse
import ast
import io
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "influence_graph"
#: Of a function, in lines of code.
LONGEST = 60
_NOT_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def code_lines(source: str) -> set[int]:
    """Return the numbers, from 1, of the lines of a Python source that hold code."""
    return _code_lines(source, ast.walk(ast.parse(source)))


def _code_lines(source: str, nodes: Iterable[ast.AST]) -> set[int]:
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NOT_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in nodes:
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            docstring = node.body[0]
            lines.difference_update(range(docstring.lineno, (docstring.end_lineno or 0) + 1))
    return lines


def functions(source: str, longest: int = 0) -> Iterator[tuple[str, int, int]]:
    """Yield the name, first line and lines of code of every function with more than ``longest`` of these.

    Decorators and signature are included. The functions within a function count as a part of it, and for
    themselves.
    """
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, _DOCUMENTED)]
    spans = []
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            spans.append((node, range(first, (node.end_lineno or 0) + 1)))
    if all(len(span) <= longest for _, span in spans):
        return
    lines = _code_lines(source, nodes)
    for node, span in spans:
        count = len(lines & set(span))
        if count > longest:
            yield node.name, node.lineno, count


def long_functions(folder: Path, longest: int = LONGEST) -> list[tuple[int, str]]:
    """Return lines of code and place of every function that has more than ``longest``, longest first."""
    found = [
        (count, f"{path.relative_to(folder.parent)}:{line} {name}")
        for path in sorted(folder.rglob("*.py"))
        for name, line, count in functions(path.read_text("utf-8"), longest)
    ]
    return sorted(found, key=lambda one: (-one[0], one[1]))


def by_subpackage(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the number of files and lines of code of each subpackage; ``""`` is the package's own files."""
    counts: dict[str, tuple[int, int]] = {}
    for path in sorted(folder.rglob("*.py")):
        inside = path.relative_to(folder).parts
        name = inside[0] if len(inside) > 1 else ""
        files, lines = counts.get(name, (0, 0))
        counts[name] = files + 1, lines + len(code_lines(path.read_text("utf-8")))
    return counts


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=PACKAGE, help="a package (default: this one)")
    folder = parser.parse_args().folder.resolve()
    counts = by_subpackage(folder)
    for name, (files, lines) in sorted(counts.items()):
        print(f"{name or '(root)':<16} {files:>4} files {lines:>7,} lines of code")
    files, lines = (sum(column) for column in zip(*counts.values(), strict=True))
    print(f"{'all':<16} {files:>4} files {lines:>7,} lines of code")
    found = long_functions(folder)
    print(f"{len(found)} functions over {LONGEST} lines of code")
    for count, place in found:
        print(f"  {count:>4}  {place}")


if __name__ == "__main__":
    main()
