"""The parts of a docstring, and formulas as text."""

import pytest

from influence_graph.methods import Raw, describe
from influence_graph.methods.declaration import Method
from influence_graph.methods.description import plain_formula


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{1}{2}", "1/2"),
        (r"\frac{a + b}{\frac{c}{d}} x", "(a + b)/(c/d) · x"),
        (r"A^\top x", "Aᵀ x"),
        (r"x^2 + y^{t + 1}", "x² + y^(t + 1)"),
        (r"w_{uv}, \quad s_{u \in R}", "w_uv; s_{u ∈ R}"),
        (r"\left( 1 - \prod_a p_a \right)", "(1 - Π_a p_a)"),
        (r"\{ u : k_u \geq h \}", "{ u : k_u ≥ h }"),
        (r"\mathrm{E}\,|I_v|", "E|I_v|"),
    ],
)
def test_formulas_as_text(latex, text):
    assert plain_formula(latex) == text


def test_a_docstring_in_parts():
    def loud(graph):
        r"""How loud: the number of rows.

        Returns
        -------
        Raw
            Rows. O(m log n) a sweep.

        Notes
        -----
        .. math:: l_v = \sum_u w_{uv}

        With w the weights,
        on two lines.

        Unit: one row.

        Use: Never, as it
        is loud.

        References
        ----------
        Somebody (2001).

        Examples
        --------
        >>> 1
        """
        return Raw(graph.in_strength)

    about = describe(Method("loud", loud, 1, "How loud: the number of rows.", frozenset({"posts", "nodes"})))
    assert about.computes == "How loud: the number of rows"
    assert about.formulas == (r"l_v = \sum_u w_{uv}",)
    assert (about.symbols, about.unit) == ("With w the weights, on two lines.", "one row")
    assert (about.use, about.cost) == ("Never, as it is loud.", "O(m log n) a sweep")
    assert (about.needs, about.references) == (("nodes", "posts"), "Somebody (2001).")


def test_a_method_without_notes_has_empty_parts():
    def bare(graph):
        return Raw(graph.in_strength)

    about = describe(Method("bare", bare, 1, "Bare."))
    assert (about.computes, about.formula, about.unit, about.cost, about.references) == (
        "Bare",
        "",
        "",
        "",
        "",
    )
