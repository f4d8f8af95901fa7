"""Embeddings as floats or as base64 of little-endian float32. Must not know where they came from."""

from __future__ import annotations

import base64
import sys
from array import array
from typing import Literal


def as_asked(values: tuple[float, ...] | str, encoding_format: Literal["float", "base64"]) -> list[float] | str:
    """The vector in the form the client asked for. Raises ValueError if the text is no base64 of float32."""
    if encoding_format == "base64":
        return values if isinstance(values, str) else _packed(values)
    return _unpacked(values) if isinstance(values, str) else list(values)


def _packed(values: tuple[float, ...]) -> str:
    numbers = array("f", values)
    _swap_if_big_endian(numbers)
    return base64.b64encode(numbers.tobytes()).decode()


def _unpacked(text: str) -> list[float]:
    numbers = array("f")
    numbers.frombytes(base64.b64decode(text, validate=True))
    _swap_if_big_endian(numbers)
    return numbers.tolist()


def _swap_if_big_endian(numbers: array[float]) -> None:
    if sys.byteorder == "big":
        numbers.byteswap()
