"""Thoughts in front of an answer, whole and cut at every place."""

from __future__ import annotations

import pytest

from addon.canon.thoughts import BLANKS, Thoughts

CASES = [
    ("<think>a</think>b", "a", "b"),
    ("\n <think>\na < b\n\n</think>\n\n b <think>c</think>\n", "a < b", "b <think>c</think>\n"),
    ("<think></think>b", "", "b"),
    ("<think>\n\n</think>\n\nb", "", "b"),
    ("<think>a</think>", "a", ""),
    ("b", "", "b"),
    ("b </think> c", "", "b </think> c"),
    ("<thinker>b", "", "<thinker>b"),
    ("the tag <think> opens", "", "the tag <think> opens"),
    ("<think>a </thin </think>b", "a </thin", "b"),
    ("<think>a<</think></think>b", "a<", "</think>b"),
    # nothing closes, nothing follows: it is all told
    ("<think>a", "a", ""),
    ("<think>a </thi", "a </thi", ""),
    ("<think>a \n", "a \n", ""),
    (" <thi", "", " <thi"),
    ("  ", "", "  "),
    ("", "", ""),
]


def told(*pieces: str) -> tuple[str, str]:
    thoughts = Thoughts()
    found = [*(thoughts.split(piece) for piece in pieces), thoughts.rest()]
    return "".join(thought for thought, _ in found), "".join(said for _, said in found)


@pytest.mark.parametrize(("text", "thought", "said"), CASES)
def test_thoughts_are_told_apart_at_any_cut(text: str, thought: str, said: str) -> None:
    assert told(text) == (thought, said)
    assert told(*text) == (thought, said)
    for cut in range(1, len(text)):
        assert told(text[:cut], text[cut:]) == (thought, said)


def test_thoughts_are_shown_while_they_come() -> None:
    thoughts = Thoughts()
    assert [thoughts.split(piece) for piece in ("<think>a", " b<", "/think>", "c")] == [
        ("a", ""),
        (" b", ""),
        ("", ""),
        ("", "c"),
    ]


def test_rest_of_a_text_whose_thoughts_came_otherwise() -> None:
    thoughts = Thoughts()
    assert thoughts.split("<th") == ("", "")
    assert thoughts.rest() == ("", "<th")
    assert thoughts.split("<think>") == ("", "<think>")


def test_blanks_are_not_held_back_without_end() -> None:
    many = " " * (BLANKS + 1)
    assert Thoughts().split(many) == ("", many)
    thoughts = Thoughts()
    assert thoughts.split(f"<think>a{many}") == ("a ", "")
    assert thoughts.split("</think>b") == ("", "b")
