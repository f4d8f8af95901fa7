from __future__ import annotations

import base64
import struct
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addon.face.vectors import as_asked

BASE64 = base64.b64encode(struct.pack("<3f", 0.5, -1.0, 2.25)).decode()


def test_floats_and_base64_are_turned_into_each_other() -> None:
    assert as_asked((0.5, -1.0, 2.25), "base64") == BASE64
    assert as_asked(BASE64, "float") == [0.5, -1.0, 2.25]


def test_what_has_the_asked_form_stays_as_it_is() -> None:
    assert as_asked((0.1, 0.2), "float") == [0.1, 0.2]
    assert as_asked(BASE64, "base64") == BASE64


@given(st.lists(st.floats(width=32, allow_nan=False)).map(tuple))
def test_a_vector_survives_the_round_trip(values: tuple[float, ...]) -> None:
    packed = as_asked(values, "base64")
    assert isinstance(packed, str)
    assert as_asked(packed, "float") == list(values)


@pytest.mark.parametrize("text", ["*", "AAA=", "AA=="])
def test_text_that_is_no_vector_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        as_asked(text, "float")


def test_bytes_are_swapped_on_a_machine_of_the_other_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "byteorder", "big")
    swapped = base64.b64encode(struct.pack(">3f", 0.5, -1.0, 2.25)).decode()
    assert as_asked((0.5, -1.0, 2.25), "base64") == swapped
    assert as_asked(swapped, "float") == [0.5, -1.0, 2.25]
