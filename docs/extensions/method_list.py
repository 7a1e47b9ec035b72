"""The directives ``method-table`` and ``method-sections``: all methods, from the registry and docstrings."""

import inspect
import re
import textwrap

from sphinx.util.docutils import SphinxDirective

from influence_graph.methods import describe, get_method, method_names

#: Modules of methods, in the order of the page, under their headings.
GROUPS = {
    "Counts and controls": r"influence_graph\.baselines",
    "PageRank and related methods": r".*\.(_pagerank|_leaderrank|_temporal_pagerank|_twitterrank)",
    "Eigenvectors and walks": r".*\.(eigenvector_katz|_hits|_influence_passivity)",
    "Cores and local structure": r".*\.(_coreness|_h_index|_collective_influence|_voterank)",
    "Resistant to sybils": r".*\.(_truetop|_hitting_time)",
    "Shortest paths": r".*\.shortest_paths",
    "Propagation": r"influence_graph\.propagation\..*",
    "Features and several networks": r"influence_graph\.networks\..*",
}


def by_group():
    """Return the methods of this package by heading; those of no group come last."""
    groups = {heading: [] for heading in [*GROUPS, "Other"]}
    for name in method_names():
        module = inspect.unwrap(get_method(name).function).__module__
        if module.startswith("influence_graph."):
            fits = (heading for heading, pattern in GROUPS.items() if re.fullmatch(pattern, module))
            groups[next(fits, "Other")].append(get_method(name))
    return {heading: found for heading, found in groups.items() if found}


class MethodTable(SphinxDirective):
    """One line a method: name, what it computes, formula, unit, what it needs, cost."""

    def run(self):
        lines = [
            ".. list-table::", "   :header-rows: 1", "   :class: methods", "",
            "   * - Method", "     - Formula", "     - 1 is", "     - Needs", "     - Cost",
        ]  # fmt: skip
        for entries in by_group().values():
            for entry in entries:
                about = describe(entry)
                formula = about.formulas[0].split(r", \quad")[0]
                lines += [
                    f"   * - :ref:`{about.name} <method-{about.name}>` – {about.computes}",
                    f"     - :math:`{formula}`",
                    f"     - {about.unit}",
                    f"     - {', '.join(about.needs) or ('edges' if entry.reads_edges else 'people')}",
                    f"     - {about.cost or 'see there'}",
                ]
        return self.parse_text_to_nodes("\n".join(lines))


class MethodSections(SphinxDirective):
    """A section for each method: definition, reading, unit, cost, use, reference, example."""

    def run(self):
        text = []
        for heading, entries in by_group().items():
            text += [heading, "-" * len(heading), ""]
            for entry in entries:
                text += section(entry)
        return self.parse_text_to_nodes("\n".join(text), allow_section_headings=True)


def section(entry):
    about, function = describe(entry), inspect.unwrap(entry.function)
    doc = inspect.cleandoc(function.__doc__)
    reading = re.split(r"\n\n(?=\w+\n-+\n)", doc.partition("\n\n")[2], maxsplit=1)[0]
    example = doc.partition("Examples\n--------\n")[2]
    where = f"{function.__module__}.{function.__qualname__}"
    rows = {
        "Unit": f"1 is {about.unit}" if about.unit != "the value itself" else about.unit,
        "Cost": about.cost, "Needs": ", ".join(about.needs), "Use": about.use, "Reference": about.references,
        "In full": f":py:func:`~{where}`",
    }  # fmt: skip
    lines = [f".. _method-{entry.name}:", "", entry.name, "^" * len(entry.name), "", f"{about.computes}.", ""]
    for formula in about.formulas:
        lines += [f".. math:: {formula}", ""]
    lines += [about.symbols, ""]
    lines += [] if re.match(r"\w+\n-+", reading) else [reading, ""]
    lines += [f":{label}: {value}" for label, value in rows.items() if value]
    return [*lines, "", textwrap.dedent(example), ""]


def setup(app):
    app.add_directive("method-table", MethodTable)
    app.add_directive("method-sections", MethodSections)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
