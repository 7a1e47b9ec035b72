"""From the name of a data set to what it holds."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import polars as pl

from influence_graph.datasets.fetch import fetch_dataset
from influence_graph.datasets.registry import Dataset, Holds, dataset_names, get_dataset
from influence_graph.errors import ConfigError, DataError
from influence_graph.interactions.log import Interactions
from influence_graph.methods import resolve_parameters


def load_dataset(name: str, **options: Any) -> Interactions:
    """Return the log of a data set.

    Parameters
    ----------
    name : str
        A name from ``dataset_names("log")``.
    **options
        The keyword-only parameters of the data set's reader, given by :func:`dataset_options`:
        ``synthetic`` has those of :func:`~influence_graph.datasets.synthetic.make_log`, the others those of
        their function in :mod:`influence_graph.datasets.readers`.

    Returns
    -------
    Interactions
        The log; its report counts the rows left out.

    Raises
    ------
    ConfigError
        If the name or an option is unknown (the message names the nearest), or an option is of the wrong
        type or out of range.
    DataError
        If the data set holds no log.
    DownloadError
        If a file can't be obtained or its checksum does not match.

    Examples
    --------
    >>> load_dataset("synthetic", people=300, days=7).has_timestamps
    True
    """
    dataset, function = _holding(name, "log"), dataset_options(name)
    randomness = {}
    if "rng" in options and "rng" in inspect.signature(function).parameters:
        randomness["rng"] = seed = options.pop("rng")
        if isinstance(seed, str | float):
            raise ConfigError(f"{name}: rng is {seed!r}, but it should be an integer, the seed.")
    arguments = resolve_parameters(name, function, options) | randomness
    if not dataset.files:
        generated: Interactions = function(**arguments).interactions
        return generated
    log: Interactions = function(fetch_dataset(name), **arguments)
    return log


def dataset_options(name: str) -> Callable[..., Any]:
    """Return the function whose keyword-only parameters are the options of a data set.

    Parameters
    ----------
    name : str
        A name from ``dataset_names("log")``.

    Returns
    -------
    callable
        Its signature lists the options of ``load_dataset(name, …)``, their types and defaults.

    Raises
    ------
    ConfigError
        If no data set has this name.
    DataError
        If the data set holds no log.

    Examples
    --------
    >>> inspect.signature(dataset_options("higgs")).parameters["one_act"].default
    ('retweet', 'reply', 'mention')
    """
    return _reader(_holding(name, "log"))


def load_pairs(name: str = "peerindex") -> pl.DataFrame:
    """Return pairs of people, their features, and which of the two was judged the more influential.

    Parameters
    ----------
    name : str, optional
        A name from ``dataset_names("pairs")``.

    Returns
    -------
    polars.DataFrame
        ``choice`` (1: A is the more influential, 0: B), then per person ``a_…`` and ``b_…``: eight counts
        or rates of activity and three features of the network, float64.

    Raises
    ------
    ConfigError
        If no data set has this name.
    DataError
        If the data set holds no pairs.
    DownloadError
        If its file can't be obtained or its checksum does not match.
    """
    pairs: pl.DataFrame = _reader(_holding(name, "pairs"))(fetch_dataset(name))
    return pairs


def _holding(name: str, wanted: Holds) -> Dataset:
    """Return the entry of a data set that holds what is wanted; else raise a DataError."""
    dataset = get_dataset(name)
    if dataset.holds != wanted:
        remedy = {"log": f"load_dataset({name!r})", "pairs": f"load_pairs({name!r})"}[dataset.holds]
        raise DataError(
            f"The data set {name!r} holds {_WORDS[dataset.holds]}, not {_WORDS[wanted]}. Use {remedy}; "
            f"data sets that hold {_WORDS[wanted]}: {', '.join(dataset_names(wanted))}."
        )
    return dataset


def _reader(dataset: Dataset) -> Callable[..., Any]:
    # Named by text, as entry points are, so that the registry imports no reader before it is used.
    reader: Callable[..., Any] = pkgutil.resolve_name(dataset.reader)
    return reader


_WORDS = {"log": "a log", "pairs": "labelled pairs"}
