"""What should not matter does not: fields nobody knows, and optional ones that are gone or null, in recorded talks.

Each recorded talk is changed in a few places (drawn once, by its name). Where the oracle of the format still reads the
same, so do we; where it does not, the field was no optional one.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from addon.attempts import Send
from addon.canon.endpoint import Endpoint
from addon.canon.fault import Fault
from tests.addon.dialects import openai_oracle as oracle
from tests.corpus.claims import answered, claim, piped
from tests.corpus.mutations import CHANGES, ESSENTIAL, Path, changed, parts_of, paths, pattern
from tests.corpus.test_corpus import STREAMS, expected, finished_by_itself, is_cut, read, same, those
from tests.recordings import Recording

WHOLE = [one for one in those(Endpoint.CHAT) if one.values[0] is None or not one.values[0].streamed]
FEW = 12
"""Changes to a recording; all recordings together have all places many times over."""
LARGE = 40_000


def told(recording: Recording) -> oracle.Told | None:
    """What the oracle makes of it; None for what it cannot read, or what does not end well."""
    try:
        found = expected(recording)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError):
        return None
    found.usage = {}  # what is not counted any more, we count
    if not recording.streamed:
        finished_by_itself(found)
    return None if found.error or is_cut(found) else found


def out_of(recording: Recording) -> bytes:
    pipe = piped(recording)
    if pipe is None:
        found = answered(recording)
        assert not isinstance(found, Fault | Send), found
        return found.body
    out = b"".join([*pipe.feed(recording.body), *pipe.close()])
    assert pipe.fault is None, pipe.fault
    return out


def variants(recording: Recording) -> list[Recording]:
    """A few changes, each of another place."""
    parts = parts_of(recording)
    places: dict[tuple[str, ...], tuple[int, Path]] = {}
    for number, document in enumerate(parts.documents):
        for path in paths(document):
            places.setdefault(pattern(path), (number, path))
    optional = sorted(place for place in places if place[-1] not in ESSENTIAL)
    draw = random.Random(recording.id)
    made = []
    for place in draw.sample(optional, min(FEW, len(optional))):
        number, path = places[place]
        change = draw.choice(CHANGES)
        documents = list(parts.documents)
        documents[number] = changed(documents[number], path, change)
        made.append(replace(recording, body=parts.write(documents)))
    return made


@pytest.mark.parametrize("recording", [*STREAMS, *WHOLE])
def test_what_is_optional_does_not_matter(recording: Recording) -> None:
    if len(recording.body) > LARGE or isinstance(answered_at_once(recording), Send):
        return
    wanted = told(recording)
    if wanted is None:
        return
    for variant in variants(recording):
        if told(variant) == wanted:
            same(read(variant, out_of(variant)), wanted, thinks=claim(variant).endpoint is Endpoint.CHAT)


def answered_at_once(recording: Recording) -> object:
    return answered(recording) if recording.kind == "predictions" else None


@pytest.mark.parametrize("recording", [*STREAMS, *WHOLE])
def test_a_changed_recording_is_what_it_says(recording: Recording) -> None:
    """The mutator takes a body apart and puts the same documents together again."""
    parts = parts_of(recording)
    again = replace(recording, body=parts.write(parts.documents))
    assert parts.documents and parts_of(again).documents == parts.documents
