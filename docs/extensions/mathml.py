"""Formulas as MathML, which browsers typeset without a script, a font or a network."""

from docutils.nodes import SkipNode
from latex2mathml.converter import convert


def typeset(latex, display="inline"):
    """Return MathML; a bar is a bracket, without the space around an operator."""
    return convert(latex, display=display).replace(
        '<mo stretchy="false">&#x0007C;</mo>', '<mo stretchy="false" lspace="0" rspace="0">|</mo>'
    )


def inline(translator, node):
    translator.body.append(typeset(node.astext()))
    raise SkipNode


def block(translator, node):
    translator.body.append(f'<div class="math">{typeset(node.astext(), "block")}</div>\n')
    raise SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
