"""Seeded cases: a recorded talk, changed in a way that must not matter or that its oracle reads as well, cut anywhere.

A case is known by its number alone. `scripts/bench fuzz` runs 10,000 of them, the tests a twentieth.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from tests.addon.dialects import openai_oracle as oracle
from tests.corpus.claims import claim, piped
from tests.corpus.mutations import parts_of
from tests.corpus.test_corpus import BY_ID, STREAMS, expected, is_as_wanted
from tests.corpus.weaving import woven
from tests.recordings import Recording

MEGABYTE = 1_000_000
SIZES = (1, 7, 64, 1_400, 16_384, 262_144)
"""Usual sizes of pieces: some networks dribble, some pour."""
PIECES = 2_000
"""About so many of one body; a megabyte byte by byte would only be slow."""
COMMENTS = (b":\n", b": keep-alive\n", b":data: {\n", b": [DONE]\n", b":" + b"-" * 5_000 + b"\n")


@dataclass(frozen=True, slots=True)
class Case:
    """`recording` has the changed body, `pieces` are that body, cut; `wanted` is what the oracle reads in it."""

    number: int
    change: str
    recording: Recording
    pieces: list[bytes]
    wanted: oracle.Told

    def __str__(self) -> str:
        return f"case {self.number}: {self.recording.id}, {self.change}, {len(self.pieces)} pieces"


def drawn(number: int) -> Case:
    """The case of this number: always the same, as long as the recordings are."""
    draw = random.Random(number)
    found = draw.choice(talks())
    change = draw.choice(sorted(CHANGES))
    made = replace(found, body=CHANGES[change](found, draw))
    wanted = expected(made) if change == "woven" else told(found.id)
    return Case(number, change, made, cut(made.body, draw), wanted)


def check(case: Case) -> None:
    """Raises AssertionError where the relay says anything else than the oracle."""
    pipe = piped(case.recording)
    assert pipe is not None
    out = [piece for chunk in case.pieces for piece in pipe.feed(chunk)]
    out += pipe.close()
    assert all(out), "an empty piece would end the client's body"
    is_as_wanted(case.recording, case.wanted, b"".join(out), pipe.fault)


@cache
def talks() -> tuple[Recording, ...]:
    """Every recorded stream of a talk that is read as it comes."""
    found = (one.values[0] for one in STREAMS)
    return tuple(one for one in found if isinstance(one, Recording) and piped(one) is not None)


@cache
def told(recording_id: str) -> oracle.Told:
    return expected(BY_ID[recording_id])


def cut(data: bytes, draw: random.Random) -> list[bytes]:
    usual = max(draw.choice(SIZES), len(data) // PIECES)
    pieces, at = [], 0
    while at < len(data):
        size = 1 + int(draw.expovariate(1 / usual))
        pieces.append(data[at : at + size])
        at += size
    return pieces


def as_it_is(recording: Recording, draw: random.Random) -> bytes:
    return recording.body


def commented(recording: Recording, draw: random.Random) -> bytes:
    """Lines that say nothing, between any two: comments in SSE, empty lines in NDJSON; other framings have none."""
    nothing = {"sse": COMMENTS, "ndjson": (b"\n", b"\r\n")}.get(recording.framing)
    if nothing is None:
        return recording.body
    share = draw.random()
    lines = recording.body.splitlines(keepends=True)
    return b"".join(
        line + draw.choice(nothing) if line.endswith(b"\n") and draw.random() < share else line for line in lines
    )


def lengthened(recording: Recording, draw: random.Random) -> bytes:
    """One line of a megabyte: a comment, or a document with a field that nobody knows."""
    lines = recording.body.splitlines(keepends=True)
    ended = [number for number, line in enumerate(lines) if line.endswith(b"\n")]
    if recording.framing == "sse" and ended and draw.random() < 0.5:
        lines[draw.choice(ended)] += b": " + b"x" * MEGABYTE + b"\n"
        return b"".join(lines)
    parts = parts_of(recording)
    objects = [number for number, one in enumerate(parts.documents) if isinstance(one, dict)]
    if not objects:
        return recording.body
    number = draw.choice(objects)
    documents = list(parts.documents)
    documents[number] = {**documents[number], "unheard_of": "x" * MEGABYTE}
    return parts.write(documents)


def with_calls(recording: Recording, draw: random.Random) -> bytes:
    return woven(recording, claim(recording).type, draw)


CHANGES: dict[str, Callable[[Recording, random.Random], bytes]] = {
    "split": as_it_is,
    "comments": commented,
    "long line": lengthened,
    "woven": with_calls,
}
