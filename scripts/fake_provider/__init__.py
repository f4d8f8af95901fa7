"""A provider that is not there: answers in any dialect on a loopback port, well or badly, as it is told.

For trying the product without a key, for the tests and for the bench. It knows nothing of the product it plays for,
and uses the standard library only.

    with running_fake_provider(key="sk-fake-upstream") as provider:      # own thread
        provider.behave("fake-429", "fake-reset")                         # the next two requests, whatever they ask
        ...
        assert provider.requests[0].json["model"] == "gpt-4o"

    async with FakeProvider() as provider: ...                            # in this event loop

A model name that begins with `fake-` steers the request it is in: see `behaviour.py`.
"""

from scripts.fake_provider.answer import Answer
from scripts.fake_provider.recording import Recording, load_recording
from scripts.fake_provider.server import Connection, FakeProvider, Received, running_fake_provider

__all__ = [
    "Answer",
    "Connection",
    "FakeProvider",
    "Received",
    "Recording",
    "load_recording",
    "running_fake_provider",
]
