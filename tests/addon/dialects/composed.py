"""What the tests of dialects that compose `openai` share: a dialect at work, and its output against an oracle.

Must not know any provider's format.
"""

from __future__ import annotations

import random
from typing import Any

from addon.canon.codec import Dialect
from addon.canon.fault import Fault
from addon.canon.outbound import Outbound, Quirks, Target
from addon.canon.request import Request
from addon.dialects import DIALECTS
from addon.wire import sse
from rules.providers import PROVIDERS
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.native import Reading, chat
from tests.recordings import Recording
from tests.splits import frame_boundaries, offsets_for, run, same_at_every_split

SMALL = 6_000
"""Bytes up to which a stream goes through the whole pipe at every cut."""


class Composed(Reading):
    """A dialect at work; its client wants the usage of streams."""

    def __init__(self, dialect: Dialect, target: Target, **fields: object) -> None:
        streaming = {"stream": True, "stream_options": {"include_usage": True}}
        super().__init__(dialect, target, chat(**{**streaming, **fields}))

    def told(self, recording: Recording) -> oracle.Told:
        """What a client makes of a recorded reply, put together."""
        if recording.streamed:
            return oracle.our_stream(self.streamed(recording.body))
        return oracle.our_reply(self.whole(recording.body))

    def told_at_every_cut(self, recording: Recording) -> oracle.Told:
        """The same of a stream, made sure of at every kind of cut. A pipe sees frames only: for a long stream it is
        enough that the frames are the same at every cut, and the client's bytes at some."""
        data = recording.body
        offsets = offsets_for(data, seed=len(data), frame_boundaries=frame_boundaries(data))
        frames = run(sse.Decoder, [data])
        for offset in offsets:
            assert run(sse.Decoder, [data[:offset], data[offset:]]) == frames, offset
        some = offsets if len(data) <= SMALL else random.Random(7).sample(offsets, 8)
        [out] = same_at_every_split(self.pipe, data, [self.streamed(data)], some)
        return oracle.our_stream(out)

    def fault(self, body: bytes) -> Fault:
        """The fault inside a whole 200."""
        [failed] = self.events(body)
        return failed.fault  # type: ignore[union-attr]

    def fault_in_stream(self, body: bytes) -> Fault:
        pipe = self.pipe()
        pipe.feed(body)
        pipe.close()
        assert pipe.fault is not None
        return pipe.fault


def row_target(channel_type: int, model: str, **fields: Any) -> Target:
    """A target of this channel type, as its row describes it; `fields` are other things of a Target."""
    row = PROVIDERS[channel_type]
    known: dict[str, Any] = {"base_url": row.base_url, "key": "fake-id.fake-secret", "model": model}
    return Target(**{**known, "quirks": Quirks(**row.quirks), **fields})


def through_row(channel_type: int, request: Request, model: str, **fields: Any) -> Outbound:
    """What a channel of this type sends for a request."""
    codec = DIALECTS[PROVIDERS[channel_type].dialect].codecs[request.endpoint]
    return codec.build(request, row_target(channel_type, model, **fields))


def assert_same(ours: oracle.Told, wanted: oracle.Told) -> None:
    """Equal in everything that the wanted one names; ids of calls only where it has some."""
    assert ours.error == "" and ours.choices.keys() == wanted.choices.keys()
    for index, choice in wanted.choices.items():
        found = ours.choices[index]
        assert (found.text, found.reasoning, found.finish) == (choice.text, choice.reasoning, choice.finish)
        assert [(call.name, call.arguments) for call in found.calls] == [
            (call.name, call.arguments) for call in choice.calls
        ]
        assert all(call.id for call in found.calls)
        assert all(mine.id == theirs.id for mine, theirs in zip(found.calls, choice.calls, strict=True) if theirs.id)
    if wanted.usage:
        assert (ours.usage, ours.cached, ours.thought) == (wanted.usage, wanted.cached, wanted.thought)
