"""The contract of a dialect: what translates one endpoint of one format, both ways. Callables without I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from addon.canon.events import Event
from addon.canon.fault import Fault
from addon.canon.frame import Frame
from addon.canon.outbound import Outbound, Target
from addon.canon.request import Endpoint


class BadKey(ValueError):
    """A channel's key has the wrong form; the message says which form it should have, and never holds the key.

    `build` and `mint` raise it: nothing is sent, and another channel may have a better key.
    """


class Reader(Protocol):
    """Reads one streamed reply. A reader keeps its own state and is used once. It may raise on garbage: the pipe
    turns that into one Failed event."""

    def read(self, frame: Frame) -> Iterable[Event]:
        """The events of one frame, in order."""
        ...

    def close(self) -> Iterable[Event]:
        """What is left to say when upstream has ended the body (formats whose end marker is the end of the body)."""
        ...


@dataclass(frozen=True, slots=True)
class Mint:
    """A token that has to be fetched before a request can be sent (OAuth).

    `key` names it in the cache of the process: it must differ for each credential, and hold none. `read` takes the body
    of a 2xx reply and gives the token and its life in seconds; it may raise ValueError or KeyError on garbage.
    The dialect finds the token in `Target.minted`.
    """

    key: str
    outbound: Outbound
    read: Callable[[bytes], tuple[str, float]]


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A further request of the same attempt: a task that is polled, a stream that stands at another address.

    `delay` is in seconds. `live`: its reply may be a stream that goes to the client. `binary`: its reply is a file; a
    codec that gathers gets it as base64 text, or null if it could not be had. `then` follows, whatever the reply is.
    """

    outbound: Outbound
    delay: float = 0.0
    live: bool = False
    binary: bool = False
    then: FollowUp | None = None


@dataclass(frozen=True, slots=True)
class Codec:
    """One endpoint of one dialect. `R` below is the request class of that endpoint.

    build(request: R, target) -> Outbound; raises CannotCarry for content that the format cannot express,
        BadKey for a key that cannot be one.
        Tuning knobs that the provider does not have are dropped silently.
    reader(request: R, target) -> Reader, for a streamed reply.
    read_reply(request: R, target, body: bytes) -> events of a whole reply with a 2xx status. May raise ValueError or
        KeyError on garbage; an error document inside a 200 yields Failed.
    follow_up(request: R, target, body of a whole 2xx reply, count: replies so far, from 1) -> FollowUp, or None
        when that reply is the one to read. May raise as read_reply does; a dialect bounds its own polls by `count`.
    gathers: the replies of one attempt are parts of one answer (a text per request); read_reply gets them as a JSON
        array, in their order. A reply that is no document is in it as base64 text. Where files were fetched
        (`FollowUp.binary`) read_reply gets such an array in any case: the document, and behind it the files.
    keeps: where a further request fails, what the earlier ones gave is an answer (fewer pictures), if read_reply makes
        one of it. The codec gathers.
    remembers: follow_up gets such an array of all replies so far, in the place of the latest one.
    raw: the reply goes to the client as it is, bytes and content type (audio, files), unless it is a document whose
        Sound or Transcript read_reply tells in so many words (not as Passed); it sees all others for errors and usage.
    verbatim: any reply goes to the client as it is, whatever its status, packing and type; nothing is read.
    raw_stream: a stream that the client asked for goes to it as it is; the reader sees its frames for usage only.
    inline_urls: the provider wants bytes. Pictures and files that the client names by an http(s) URL are fetched before
        the request is built; build() refuses with CannotCarry what could not be fetched.
    is_last: of a provider that answers over a WebSocket: whether this message ends the answer.
    takes_url: which of those URLs the provider does take as they are; None: none of them.
    """

    build: Callable[[Any, Target], Outbound]
    reader: Callable[[Any, Target], Reader] | None
    read_reply: Callable[[Any, Target, bytes], Iterable[Event]]
    follow_up: Callable[[Any, Target, bytes, int], FollowUp | None] | None = None
    gathers: bool = False
    keeps: bool = False
    remembers: bool = False
    raw: bool = False
    verbatim: bool = False
    raw_stream: bool = False
    inline_urls: bool = False
    takes_url: Callable[[str], bool] | None = None
    is_last: Callable[[bytes], bool] | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """A wire format and its translator.

    read_error(status, headers with lower-case names, body: the first 64 kB) -> Fault, for a status that is not 2xx.
    mint(target) -> the token that a request needs, None if its key is good as it is. build() is asked twice then: once
    with `Target.minted` empty, to see that the request can be carried, and again with the token.
    """

    name: str
    codecs: Mapping[Endpoint, Codec]
    read_error: Callable[[int, Mapping[str, str], bytes], Fault]
    mint: Callable[[Target], Mint | None] | None = None
