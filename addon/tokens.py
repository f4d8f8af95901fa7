"""Counts tokens, offline: the ranks of both encodings are shipped in `addon/ranks`.

Must not know requests nor replies, only texts. Slow for large texts (0.2-0.4 s per MB): call it off the event loop
above 64 kB.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import tiktoken
from tiktoken.model import encoding_name_for_model

logger = logging.getLogger(__name__)

SLICE = 8_000
"""Characters per call of the tokenizer, whose time grows faster than its input and gives up on long ones (M20)."""

_RANKS = Path(__file__).parent / "ranks"
_CACHE_VARIABLES = ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR")


@dataclass(frozen=True, slots=True)
class _Ranks:
    """Where tiktoken looks for an encoding's ranks (the SHA-1 of their address), and the SHA-256 it checks."""

    cache_name: str
    sha256: str


_ENCODINGS = {
    "cl100k_base": _Ranks(
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7"
    ),
    "o200k_base": _Ranks(
        "fb374d419588a4632f3f557e76b4b70aebbca790", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
    ),
}


_loaded: dict[str, tiktoken.Encoding] = {}


@dataclass(frozen=True, slots=True)
class Count:
    """A number of tokens; `estimated` if the tokenizer could not be asked."""

    tokens: int
    estimated: bool = False


def prepare_ranks(data_dir: Path) -> None:
    """Unpacks the ranks into tiktoken's cache, so that counting never needs the network.

    The cache is TIKTOKEN_CACHE_DIR or DATA_GYM_CACHE_DIR where one is set, else `data_dir`/tiktoken, which is then
    named in TIKTOKEN_CACHE_DIR. Files that are right already are left alone; several processes may do this at once.
    """
    folder = _cache_dir()
    if folder is None:
        folder = data_dir / "tiktoken"
        os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    for name, ranks in _ENCODINGS.items():
        try:
            _unpack(_RANKS / f"{name}.tiktoken.gz", folder / ranks.cache_name, ranks.sha256)
        except OSError as error:
            logger.warning("tokens will be estimated: cannot write the ranks of %s to %s: %s", name, folder, error)


def encoding_name(model: str) -> str:
    """The encoding that counts for this model: tiktoken's own table, then gpt-4o* o200k, then cl100k (facts A9.23)."""
    name = model.rpartition("/")[2]
    try:
        known = encoding_name_for_model(name)
    except KeyError:
        known = "o200k" if name.startswith("gpt-4o") else ""
    return "o200k_base" if known.startswith("o200k") else "cl100k_base"


def count(text: str, model: str, *, approximate: bool = False) -> Count:
    """The tokens of a text. `approximate`: 0.38 per byte, as One API's ApproximateTokenEnabled (facts A9.24)."""
    if not text:
        return Count(0)
    if approximate:
        return Count(int(0.38 * _size(text)))
    encoding = _encoding(encoding_name(model))
    if encoding is None:
        return rough(text)
    try:
        slices = (text[start : start + SLICE] for start in range(0, len(text), SLICE))
        return Count(sum(len(encoding.encode_ordinary(piece)) for piece in slices))
    except Exception as error:  # the tokenizer is native code that raises various things for odd texts (M20)
        logger.warning("the tokenizer failed, tokens are estimated: %s", type(error).__name__)
        return rough(text)


def rough(text: str) -> Count:
    """A third of the bytes, without the tokenizer."""
    return Count(_size(text) // 3, estimated=True)


def warm() -> None:
    """Loads both encodings (half a second), so that no request waits for that."""
    for name in _ENCODINGS:
        _encoding(name)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _cache_dir() -> Path | None:
    """tiktoken's cache as the environment names it; an empty name would mean downloading at each start."""
    named = next((os.environ[name] for name in _CACHE_VARIABLES if name in os.environ), "")
    return Path(named) if named else None


def _encoding(name: str) -> tiktoken.Encoding | None:
    """The encoding, or None if its ranks are not there: tiktoken would then ask the network."""
    if name not in _loaded:
        folder, ranks = _cache_dir(), _ENCODINGS[name]
        if folder is None or not _is_right(folder / ranks.cache_name, ranks.sha256):
            logger.warning("tokens are estimated: the ranks of %s are not in tiktoken's cache", name)
            return None
        _loaded[name] = tiktoken.get_encoding(name)
    return _loaded[name]


def _is_right(path: Path, sha256: str) -> bool:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except OSError:
        return False


def _unpack(packed: Path, target: Path, sha256: str) -> None:
    """Writes beside the target and renames, so that no other process ever reads half a file."""
    if _is_right(target, sha256):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".tmp", delete=False) as new:
        new.write(gzip.decompress(packed.read_bytes()))
    written = Path(new.name)
    written.chmod(0o644)  # a cache may be shared; temporary files are private
    written.replace(target)
