from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from addon.face.json_bytes import dumps


def test_dumps_is_compact_utf8() -> None:
    assert dumps({"a": [1, "你好"]}) == '{"a":[1,"你好"]}'.encode()


def test_dumps_escapes_half_a_character_so_that_joined_halves_are_whole_again() -> None:
    first, second = "😀".encode("utf-16-be", "surrogatepass")[:2], "😀".encode("utf-16-be")[2:]
    halves = [half.decode("utf-16-be", "surrogatepass") for half in (first, second)]
    assert dumps(halves[0]) == b'"\\ud83d"'
    assert json.loads(dumps("".join(halves))) == "😀"


@given(st.text(st.characters()))
def test_any_text_comes_back(text: str) -> None:
    written = json.loads(dumps(text))
    # Two halves that stand side by side are one character.
    assert written.encode("utf-16", "surrogatepass") == text.encode("utf-16", "surrogatepass")
