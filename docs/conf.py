"""How Sphinx builds the documentation: `make docs`, into site/. Nothing is fetched from elsewhere."""

import shutil
import sys
from pathlib import Path

import influence_graph

sys.path.insert(0, str(Path(__file__).parent / "extensions"))

project = "influence_graph"
author = "influence_graph contributors"
copyright = "influence_graph contributors, BSD-3-Clause"
release = version = influence_graph.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    # In extensions/: what the package knows of itself, and what needs no network.
    "drawn",
    "mathml",
    "method_list",
]
# The notebooks are shown as they are stored; tests run them.
nb_execution_mode = "off"
html_math_renderer = "mathml"
exclude_patterns = ["decisions/README.md", "claims/tables/*"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = "influence_graph"
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["docs.css"]
pygments_style = "default"

default_role = None
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
# Type aliases show as what they are called, not as what they stand for.
autodoc_type_aliases = {"FloatArray": "FloatArray", "IntArray": "IntArray", "Scale": "Scale"}
# Types such as "path or frame" are words; several classes have an attribute of that name.
suppress_warnings = ["ref.python"]
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False


def setup(app):
    """Bring the notebooks here once a build begins: who only imports this file changes nothing."""
    app.connect("builder-inited", copy_notebooks)


def copy_notebooks(app):
    """Copy the notebooks, with links to pages of the documentation as from where they are shown."""
    shown = Path(app.srcdir) / "notebooks"
    shutil.rmtree(shown, ignore_errors=True)
    shown.mkdir()
    for notebook in Path(app.srcdir).parent.glob("notebooks/*.ipynb"):
        (shown / notebook.name).write_text(notebook.read_text("utf-8").replace("(../docs/", "(../"), "utf-8")
