"""The data sets: description, address, checksums, terms, and the reader of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from influence_graph.errors import ConfigError, nearest

Holds = Literal["log", "pairs"]


@dataclass(frozen=True)
class File:
    """A file of a data set.

    Attributes
    ----------
    name : str
        File name in its folder.
    url : str or None
        The official address of the file, or of the archive that holds it; None where it can't be fetched.
    sha256 : mapping of str to str
        From the name of each known version to the SHA-256 of its decompressed content, in hexadecimal.
        gzip stores a time and a file name, so the compressed bytes of the same content may differ.
    rows : int
        Rows of data.
    """

    name: str
    url: str | None
    sha256: Mapping[str, str]
    rows: int


@dataclass(frozen=True)
class Dataset:
    """Description of a data set.

    Attributes
    ----------
    name : str
        Name in ``load_dataset`` and configs.
    title : str
        Description in one line.
    holds : {"log", "pairs"}
        An interaction log, or labelled pairs of people.
    reader : str
        ``module:function`` that reads the files. Its keyword-only parameters are the options of the data
        set.
    folder : str
        Name of the folder with its files.
    page : str or None
        Address of its description; None for a synthetic data set.
    files : tuple of File
        Its files; empty for a synthetic data set.
    terms : str
        Licence, or terms of use.
    citation : str
        What to cite; for a synthetic data set, the source of its model.
    doi : str or None
        The publication's DOI.
    """

    name: str
    title: str
    holds: Holds
    reader: str
    folder: str
    page: str | None
    files: tuple[File, ...]
    terms: str
    citation: str
    doi: str | None

    @property
    def rows(self) -> int | None:
        """Rows over all files; None for a synthetic data set."""
        return sum(file.rows for file in self.files) if self.files else None


def get_dataset(name: str) -> Dataset:
    """Return the entry of a data set.

    Parameters
    ----------
    name : str
        Its name.

    Returns
    -------
    Dataset
        Files, checksums, terms, citation.

    Raises
    ------
    ConfigError
        If no data set has this name; the message names the nearest.

    Examples
    --------
    >>> get_dataset("higgs").rows
    563069
    >>> get_dataset("higs")
    Traceback (most recent call last):
        ...
    influence_graph.errors.ConfigError: There is no data set 'higs'. Did you mean 'higgs'?
    """
    if name not in _DATASETS:
        raise ConfigError(f"There is no data set {name!r}. {nearest(name, _DATASETS)}")
    return _DATASETS[name]


def dataset_names(holds: Holds | None = None) -> list[str]:
    """Return the names of the data sets, sorted.

    Parameters
    ----------
    holds : {"log", "pairs"}, optional
        Only data sets that hold this.

    Returns
    -------
    list of str
        Names.

    Examples
    --------
    >>> dataset_names("pairs")
    ['peerindex']
    >>> "higgs" in dataset_names("log")
    True
    """
    return sorted(name for name, entry in _DATASETS.items() if holds in (None, entry.holds))


_READERS = "influence_graph.datasets.readers:"
_SNAP = "https://snap.stanford.edu/data/"
_SNAP_TERMS = "no licence stated; SNAP asks to cite the paper"
_HIGGS = (
    "M. De Domenico, A. Lima, P. Mougel, M. Musolesi (2013). The anatomy of a scientific rumor. "
    "Scientific Reports 3, 2980."
)
_ENTRIES = (
    Dataset(
        "synthetic",
        "made here: people on several networks, posts and reactions, every true rate known",
        "log",
        "influence_graph.datasets.synthetic:make_log",
        "synthetic",
        None,
        (),
        "BSD-3-Clause, as this package",
        "B. Karrer, M. E. J. Newman (2011). Stochastic blockmodels and community structure in networks. "
        "Physical Review E 83, 016107.",
        "10.1103/PhysRevE.83.016107",
    ),
    Dataset(
        "higgs",
        "Twitter during the Higgs announcement, 1–7 July 2012: retweets, replies and mentions, with times",
        "log",
        _READERS + "higgs",
        "higgs",
        _SNAP + "higgs-twitter.html",
        (
            File(
                "higgs-activity_time.txt.gz",
                _SNAP + "higgs-activity_time.txt.gz",
                {"official": "6487c03bb5f0f966447a7a7410c5ba124f7ddf1b3d7ff9c3a94d20891214225b"},
                563_069,
            ),
        ),
        _SNAP_TERMS,
        _HIGGS,
        "10.1038/srep02980",
    ),
    Dataset(
        "higgs-edges",
        "the same interactions counted by pair of people: retweets, replies and mentions, without times",
        "log",
        _READERS + "higgs_edges",
        "higgs",
        _SNAP + "higgs-twitter.html",
        (
            File(
                "higgs-retweet_network.edgelist.gz",
                _SNAP + "higgs-retweet_network.edgelist.gz",
                {"official": "7d5ad34d9ceb0d415489d0fb533bf133649c4e0eba948b9f55ec58746fa99d14"},
                328_132,
            ),
            File(
                "higgs-reply_network.edgelist.gz",
                _SNAP + "higgs-reply_network.edgelist.gz",
                {"official": "051508d4da8217827473556d4950082acadf694729346baf65a2926ed43c27f4"},
                32_523,
            ),
            File(
                "higgs-mention_network.edgelist.gz",
                _SNAP + "higgs-mention_network.edgelist.gz",
                {"official": "b53c26db91510b265fe5bb1c20bf667d7389bd624ad7a09903c39872acc2e56d"},
                150_818,
            ),
        ),
        _SNAP_TERMS,
        _HIGGS,
        "10.1038/srep02980",
    ),
    Dataset(
        "congress",
        "the 117th US Congress on Twitter, 2022: how likely members pass on each other's posts",
        "log",
        _READERS + "congress",
        "congress",
        _SNAP + "congress-twitter.html",
        (
            File(
                "congress.edgelist",
                _SNAP + "congress_network.zip",
                {"official": "9c4ad5040d18e40ff876f9c7eb77144ced415741883993f5e928fad7449d7551"},
                13_289,
            ),
            File(
                "congress_network_data.json",
                _SNAP + "congress_network.zip",
                {"official": "ee6d2fc1a2ac07e6481d41c0df463e2e7c5c0db4ae964980b43233e5c7253712"},
                0,
            ),
        ),
        "MIT",
        "C. G. Fink, K. Fullin, G. Gutierrez, N. Omodt, S. Zinnecker, G. Sprint, S. McCulloch (2023). "
        "A centrality measure for quantifying spread on weighted, directed networks. Physica A, 129083.",
        "10.1016/j.physa.2023.129083",
    ),
    Dataset(
        "peerindex",
        "pairs of Twitter users with activity features, and which one a human judged the more influential",
        "pairs",
        _READERS + "peerindex",
        "peerindex",
        "https://www.kaggle.com/c/predict-who-is-more-influential-in-a-social-network",
        (
            File(
                "pairs.csv",
                None,
                {"the first 4,000 rows": "3d0065e571044ecf6cf0d13775b4fa9bb2441d6aed889e370e041c4ec8b7692f"},
                4_000,
            ),
        ),
        "the rules of the competition on Kaggle, accepted there",
        "PeerIndex, Data Science London (2013). Influencers in Social Networks. Kaggle.",
        None,
    ),
    Dataset(
        "collegemsg",
        "private messages between students of one university over 193 days, 2004",
        "log",
        _READERS + "collegemsg",
        "collegemsg",
        _SNAP + "CollegeMsg.html",
        (
            File(
                "CollegeMsg.txt.gz",
                _SNAP + "CollegeMsg.txt.gz",
                {"official": "e00ba2415373dee52c00616065bcceaa4750e78de60d1855c76470600f10740f"},
                59_835,
            ),
        ),
        _SNAP_TERMS,
        "P. Panzarasa, T. Opsahl, K. M. Carley (2009). Patterns and dynamics of users' behavior and "
        "interaction: Network analysis of an online community. JASIST 60(5), 911–932.",
        "10.1002/asi.21015",
    ),
    Dataset(
        "bitcoin-otc",
        "who rates whose trustworthiness on the Bitcoin OTC market, from −10 to 10, with times",
        "log",
        _READERS + "bitcoin_otc",
        "bitcoin-otc",
        _SNAP + "soc-sign-bitcoin-otc.html",
        (
            File(
                "soc-sign-bitcoinotc.csv.gz",
                _SNAP + "soc-sign-bitcoinotc.csv.gz",
                {
                    "official": "76bd9d8f1d3ff9a1813d9fc8e6902a0ee4d0a2f8c1003842dbc9ec79149ab60c",
                    "with a header line": "234e9b01a4a062c81a21bf2d87c497d34891b38d656807a9c84e211adfa6bf14",
                },
                35_592,
            ),
        ),
        _SNAP_TERMS,
        "S. Kumar, F. Spezzano, V. S. Subrahmanian, C. Faloutsos (2016). Edge weight prediction in weighted "
        "signed networks. ICDM 2016, 221–230.",
        "10.1109/ICDM.2016.0033",
    ),
    Dataset(
        "nethept",
        "NetHEPT: co-authorships in high-energy physics, the standard graph of influence maximisation",
        "log",
        _READERS + "nethept",
        "nethept",
        "https://www.microsoft.com/en-us/research/people/weic/selected-projects/",
        (
            File(
                "hep.txt.gz",
                "https://www.microsoft.com/en-us/research/wp-content/uploads/2016/02/weic-graphdata.zip",
                {"official": "3d354accc3ba555e37f29e4f4f773c0bae7cda388cf7756fdf4d1b5f6b73230e"},
                58_891,
            ),
        ),
        "no licence stated",
        "W. Chen, Y. Wang, S. Yang (2009). Efficient influence maximization in social networks. "
        "KDD '09, 199–208.",
        "10.1145/1557019.1557047",
    ),
)
_DATASETS: Mapping[str, Dataset] = {entry.name: entry for entry in _ENTRIES}
