"""A twentieth of the cases of `scripts/bench fuzz`, always the same; and that the cases are what they say."""

from __future__ import annotations

import copy
import random
from dataclasses import replace

import pytest

from tests.corpus.fuzzing import CHANGES, MEGABYTE, check, cut, drawn, talks
from tests.corpus.test_corpus import BY_ID
from tests.recordings import MISSING, SHARED

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=MISSING)

CASES = 500
BATCH = 50
STEP = 20
"""Every twentieth of the 10,000 that the bench runs."""


@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_a_changed_stream_comes_out_as_it_was_said(first: int) -> None:
    for number in range(first, first + BATCH):
        case = drawn(number * STEP)
        try:
            check(case)
        except AssertionError as error:
            raise AssertionError(f"{case}: {error}") from error


def test_a_reply_that_says_something_else_fails() -> None:
    case = next(one for one in map(drawn, range(100)) if one.wanted.choices and not one.wanted.error)
    check(case)
    wanted = copy.deepcopy(case.wanted)
    wanted.choice(0).text += "never said"
    with pytest.raises(AssertionError):
        check(replace(case, wanted=wanted))


def test_woven_calls_are_in_what_is_wanted() -> None:
    cases = [
        one
        for one in map(drawn, range(400))
        if one.change == "woven" and one.recording.body != BY_ID[one.recording.id].body
    ]
    many = [one for one in cases if max(len(choice.calls) for choice in one.wanted.choices.values()) > 1]
    assert len(many) > len(cases) / 2


def test_a_case_is_known_by_its_number() -> None:
    assert drawn(7) == drawn(7)
    assert len({(drawn(number).recording.id, drawn(number).change) for number in range(40)}) > 20


def test_the_pieces_are_the_body() -> None:
    data = random.Random(1).randbytes(30_000)
    for seed in range(20):
        pieces = cut(data, random.Random(seed))
        assert b"".join(pieces) == data and all(pieces)


@pytest.mark.parametrize("change", sorted(set(CHANGES) - {"split"}))
def test_a_change_changes_most_talks(change: str) -> None:
    made = [(one, CHANGES[change](one, random.Random(one.id))) for one in talks()]
    changed = [body for one, body in made if body != one.body]
    assert len(changed) > len(made) / 3
    if change == "long line":
        assert min(map(len, changed)) > MEGABYTE
