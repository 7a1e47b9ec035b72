"""Data sets: what they are, where they come from, how to load them."""

from influence_graph.datasets.fetch import fetch_dataset, is_local
from influence_graph.datasets.load import dataset_options, load_dataset, load_pairs
from influence_graph.datasets.registry import Dataset, File, dataset_names, get_dataset

__all__ = [
    "Dataset",
    "File",
    "dataset_names",
    "dataset_options",
    "fetch_dataset",
    "get_dataset",
    "is_local",
    "load_dataset",
    "load_pairs",
]
