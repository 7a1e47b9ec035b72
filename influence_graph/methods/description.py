"""What a method's docstring says of it, in parts: for tables, the documentation and the command line."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

from influence_graph.methods.declaration import Method

_SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "rho": "ρ", "sigma": "σ", "tau": "τ", "Phi": "Φ", "Gamma": "Γ",
    "ell": "ℓ", "sum": "Σ", "prod": "Π", "neq": "≠", "geq": "≥", "leq": "≤", "in": "∈", "cap": "∩",
    "propto": "∝", "sim": "~", "leftarrow": "←", "infty": "∞", "cdot": "·", "mid": "|", "top": "ᵀ",
    "max": "max", "ln": "ln", "exp": "exp", "left": "", "right": "", "quad": "\0",
}  # fmt: skip
_RAISED = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
_GROUP = r"\{((?:[^{}]|\{[^{}]*\})*)\}"
_FRACTION = re.compile(rf"\\frac{_GROUP}{_GROUP}")


@dataclass(frozen=True)
class Description:
    """A method in parts, as its docstring gives them. A part that it leaves out is empty.

    Attributes
    ----------
    name : str
        What the method is registered as.
    computes : str
        One line: the first of the docstring.
    formulas : tuple of str
        LaTeX, from the ``.. math::`` lines of the section Notes.
    symbols : str
        What the letters of the formulas mean.
    unit : str
        What 1 means in the natural unit, with the default parameters.
    use : str
        When to use it.
    cost : str
        Time, such as "O(m) a sweep".
    needs : tuple of str
        What it reads besides ids and edges.
    references : str
        Publications.
    """

    name: str
    computes: str
    formulas: tuple[str, ...]
    symbols: str
    unit: str
    use: str
    cost: str
    needs: tuple[str, ...]
    references: str

    @property
    def formula(self) -> str:
        """The formulas on one line of plain text."""
        return "; ".join(plain_formula(one) for one in self.formulas)


def describe(entry: Method) -> Description:
    """Return the parts of a method's docstring.

    Parameters
    ----------
    entry : Method
        Of this package or of another; one without a section Notes has no formula.

    Examples
    --------
    >>> from influence_graph.methods import get_method
    >>> about = describe(get_method("pagerank"))
    >>> about.unit, about.cost
    ('one visit by readers from others, one from each', 'O(m) a sweep')
    >>> describe(get_method("katz")).formula
    'x = 1 + α Aᵀ x = Σ_{k ≥ 0} α^k (Aᵀ)^k 1'
    """
    text = inspect.cleandoc(inspect.unwrap(entry.function).__doc__ or entry.summary)
    notes = [" ".join(part.split()) for part in _section(text, "Notes").split("\n\n")]
    labelled = {
        label: next((part.removeprefix(label).strip() for part in notes if part.startswith(label)), "")
        for label in ("Unit:", "Use:")
    }
    cost = re.search(r"O\((?:[^()]|\([^()]*\))*\)(?: memory)?(?: an? \w+)?", " ".join(text.split()))
    return Description(
        name=entry.name,
        computes=re.sub(r" O\(.*\)\.$", "", entry.summary).removesuffix(".").replace("``", ""),
        formulas=tuple(part.removeprefix(".. math:: ") for part in notes if part.startswith(".. math:: ")),
        symbols=" ".join(part for part in notes if not part.startswith((".. math:: ", "Unit:", "Use:"))),
        unit=labelled["Unit:"].removesuffix("."),
        use=labelled["Use:"],
        cost=cost[0] if cost else "",
        needs=tuple(sorted(entry.needs)),
        references=" ".join(_section(text, "References").split()),
    )


def plain_formula(latex: str) -> str:
    r"""Return a formula as text for a terminal; braces stay only around indices of more than one letter.

    Parameters
    ----------
    latex : str
        With the commands that formulas of methods use: sums, fractions, Greek letters, relations.

    Examples
    --------
    >>> plain_formula(r"r_v = \frac{1}{p_v} \sum_{u \neq v} w_{uv}")
    'r_v = 1/p_v · Σ_{u ≠ v} w_uv'
    >>> plain_formula(r"\frac{a + b}{c}")
    '(a + b)/c'
    """
    text = re.sub(r"\\(?:text|mathrm|mathbf)\{([^{}]*)\}", r"\1", latex)
    # From the last to the first, so that what stands within another comes before it.
    while (
        found := re.compile(rf"\\frac{_GROUP}{_GROUP}").match(text, max(text.rfind("\\frac"), 0))
    ) is not None:
        over, under = (f"({part})" if re.search(r"(?<!sum)[ /]", part) else part for part in found.groups())
        more = re.match(r" ?(?:\\(?!right|quad|cdot)|[(|\w])", text[found.end() :])
        text = f"{text[: found.start()]}{over}/{under}{' ·' if more else ''}{text[found.end() :]}"
    text = re.sub(r"\^\\top", "ᵀ", text).replace("\\{", "\1").replace("\\}", "\2").replace("\\,", "")
    text = re.sub(r"\\([A-Za-z]+) ?(?=[_^])", lambda one: _SYMBOLS.get(one[1], one[1]), text)
    text = re.sub(r"\\([A-Za-z]+)", lambda one: _SYMBOLS.get(one[1], one[1]), text)
    text = re.sub(r"\^([0-9+-])(?!\w)", lambda one: one[1].translate(_RAISED), text)
    text = re.sub(r"_\{(\w+)\}", r"_\1", text)
    text = re.sub(rf"\^\{{\(([^()]*)\)\}}|\^{_GROUP}", lambda one: f"^({one[1] or one[2]})", text)
    text = re.sub(r"(?<=\() | (?=\))", "", text)
    text = re.sub(r" *,? *\0 *", "; ", text)
    return " ".join(text.replace("\1", "{").replace("\2", "}").split())


def _section(text: str, title: str) -> str:
    """Return the text of a section of a numpydoc docstring; empty if there is none."""
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""
