"""What the tests of dialects that compose `openai` share: a dialect at work, and its output against an oracle.

Must not know any provider's format.
"""

from __future__ import annotations

from addon.canon.codec import Dialect
from addon.canon.fault import Fault
from addon.canon.outbound import Target
from tests.addon.dialects import openai_oracle as oracle
from tests.addon.dialects.native import Reading, chat
from tests.recordings import Recording


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
        return oracle.our_stream(self.split(recording))

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
