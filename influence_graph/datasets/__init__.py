"""Data sets: what they are, where they come from, how to load them."""

from influence_graph.datasets.load import dataset_names, load_dataset

__all__ = ["dataset_names", "load_dataset"]
