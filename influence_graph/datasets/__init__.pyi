from .fetch import fetch_dataset, is_local
from .load import dataset_options, load_dataset, load_pairs
from .registry import Dataset, File, dataset_names, get_dataset

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
