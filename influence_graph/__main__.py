"""``python -m influence_graph`` is the command line."""

from influence_graph.cli import main

if __name__ == "__main__":
    main()
