"""The directive ``drawn``: code, and below it the figure that it draws, made at build time.

The last line of the code is an expression whose value is a Matplotlib figure. All code of a page shares its
names.
"""

import ast

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from influence_graph.report.inline import inline_svg


class Drawn(SphinxDirective):
    """The argument is the text for screen readers."""

    has_content = True
    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        number = self.env.new_serialno("drawn")
        names = self.env.temp_data.setdefault("drawn", {})
        code = "\n".join(self.content)
        *first, last = ast.parse(code).body
        exec(compile(ast.Module(first, []), self.env.docname, "exec"), names)
        figure = eval(compile(ast.Expression(last.value), self.env.docname, "eval"), names)
        svg = inline_svg(figure, self.arguments[0], f"drawn-{number}")
        shown = nodes.literal_block(code, code, language="python")
        return [shown, nodes.raw("", f'<figure class="drawn">{svg}</figure>', format="html")]


def setup(app):
    app.add_directive("drawn", Drawn)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
