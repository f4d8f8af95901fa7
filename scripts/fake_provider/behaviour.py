"""How to behave badly: each name makes the steps of one kind of broken provider. Knows answers, no socket.

A name is taken from the queue a test filled (`FakeProvider.behave`, `POST /_behave`), else from the model's name.

    fake-STATUS           that error status, in the dialect's shape (429 and 503 with retry-after: 1)
    fake-slow-MS          MS milliseconds between the events of a stream; before a document
    fake-late-MS          nothing at all for MS milliseconds, then a good answer
    fake-hang             reads the request and never answers        fake-stall   half the answer, then silence
    fake-cut              half the answer, then the connection ends  fake-reset   no answer, and a RST
    fake-close            no answer, and a FIN                       fake-html    200 and a page
    fake-cut-json         a whole reply whose JSON is cut            fake-empty   200 and no body
    fake-error-in-stream  half a stream, then an error event         fake-error-first  a stream that begins with one
    fake-no-end           a stream without its last event            fake-split   head and body 50 ms apart
    fake-split-STATUS     that error, its head and body 50 ms apart
    fake-bytewise         one byte a chunk                           fake-gzip    compressed, though nobody asked
    fake-huge-line        an event of 2 MB                           fake-early-hints  103, then the answer
    fake-trailers         trailers behind the last chunk             fake-long-N  a reply of N tokens
    fake-tool, fake-reasoning: see asked.py
"""

from __future__ import annotations

import dataclasses
import gzip
import math
import re
from collections.abc import Callable, Iterator

from scripts.fake_provider import dialects
from scripts.fake_provider.answer import (
    LAST_CHUNK,
    Answer,
    Close,
    Pause,
    Send,
    Step,
    chunk,
    head,
    well_behaved,
)
from scripts.fake_provider.asked import Asked, say

PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
HUGE = 2_000_000


def steps(name: str, asked: Asked, good: Answer, delay: float) -> Iterator[Step]:
    """What to do for a request that would have got `good`; an unknown name behaves well."""
    if found := re.fullmatch(r"fake-(split-)?([1-5]\d\d)", name):
        status = int(found[2])
        waits = (("retry-after", "1"),) if status in (429, 503) else ()
        refusal = dialects.refuse(asked, status, f"fake: you asked for a {status}", waits)
        return _split(asked, refusal) if found[1] else well_behaved(refusal)
    if found := re.fullmatch(r"fake-(slow|late|long)-(\d+)", name):
        return WITH_NUMBER[found[1]](asked, good, int(found[2]), delay)
    if plays := PLAIN.get(name):
        return plays(asked, good)
    return well_behaved(good, delay)


def _slow(asked: Asked, good: Answer, milliseconds: int, delay: float) -> Iterator[Step]:
    if not good.streamed:
        yield Pause(milliseconds / 1000)
    yield from well_behaved(good, milliseconds / 1000)


def _late(asked: Asked, good: Answer, milliseconds: int, delay: float) -> Iterator[Step]:
    yield Pause(milliseconds / 1000)
    yield from well_behaved(good, delay)


def _long(asked: Asked, good: Answer, tokens: int, delay: float) -> Iterator[Step]:
    said = dataclasses.replace(say(asked), tokens=tuple(f" word{n}" for n in range(tokens)))
    yield from well_behaved(dialects.PLAYERS[asked.dialect].answer(asked, said), delay)


def _hang(asked: Asked, good: Answer) -> Iterator[Step]:
    yield Pause(math.inf)


def _half(good: Answer) -> Iterator[Step]:
    if not good.streamed:
        yield Send(head(good) + good.body[: len(good.body) // 2])
        return
    yield Send(head(good))
    for piece in good.pieces[: max(1, len(good.pieces) // 2)]:
        yield Send(chunk(piece))


def _stall(asked: Asked, good: Answer) -> Iterator[Step]:
    yield from _half(good)
    yield Pause(math.inf)


def _cut(asked: Asked, good: Answer) -> Iterator[Step]:
    yield from _half(good)
    yield Pause(0.05)
    yield Close()


def _reset(asked: Asked, good: Answer) -> Iterator[Step]:
    yield Close(reset=True)


def _close(asked: Asked, good: Answer) -> Iterator[Step]:
    yield Close()


def _html(asked: Asked, good: Answer) -> Iterator[Step]:
    yield from well_behaved(Answer(200, (("content-type", "text/html; charset=UTF-8"),), (PAGE,)))


def _cut_json(asked: Asked, good: Answer) -> Iterator[Step]:
    whole = good.body
    yield from well_behaved(Answer(200, (("content-type", "application/json"),), (whole[: len(whole) // 2],)))


def _empty(asked: Asked, good: Answer) -> Iterator[Step]:
    yield from well_behaved(dataclasses.replace(good, pieces=(), streamed=False))


def _error_in_stream(asked: Asked, good: Answer) -> Iterator[Step]:
    yield from _error_after(asked, good, max(1, len(good.pieces) // 2))


def _error_first(asked: Asked, good: Answer) -> Iterator[Step]:
    yield from _error_after(asked, good, 0)


def _error_after(asked: Asked, good: Answer, count: int) -> Iterator[Step]:
    """For a reply that is no stream: a 200 with an error inside."""
    message = "fake: something broke inside"
    if not good.streamed:
        yield from well_behaved(dataclasses.replace(dialects.refuse(asked, 500, message), status=200))
        return
    pieces = (*good.pieces[:count], dialects.error_event(asked, message))
    yield from well_behaved(dataclasses.replace(good, pieces=pieces))


def _no_end(asked: Asked, good: Answer) -> Iterator[Step]:
    """The connection ends properly, the provider's own last words are missing (two events, for most)."""
    yield from well_behaved(dataclasses.replace(good, pieces=good.pieces[:-2] or good.pieces))


def _split(asked: Asked, good: Answer) -> Iterator[Step]:
    yield Send(head(good))
    yield Pause(0.05)
    if good.streamed:
        yield from (Send(chunk(piece)) for piece in good.pieces)
        yield Send(LAST_CHUNK)
    else:
        yield Send(good.body)


def _bytewise(asked: Asked, good: Answer) -> Iterator[Step]:
    single = tuple(bytes([byte]) for byte in good.body)
    yield from well_behaved(dataclasses.replace(good, pieces=single, streamed=True))


def _gzip(asked: Asked, good: Answer) -> Iterator[Step]:
    packed = (gzip.compress(good.body),)
    yield from well_behaved(
        dataclasses.replace(good, pieces=packed, headers=(*good.headers, ("content-encoding", "gzip")))
    )


def _huge_line(asked: Asked, good: Answer) -> Iterator[Step]:
    said = dataclasses.replace(say(asked), tokens=("x" * HUGE,))
    yield from well_behaved(dialects.PLAYERS[asked.dialect].answer(asked, said))


def _early_hints(asked: Asked, good: Answer) -> Iterator[Step]:
    yield Send(b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n")
    yield Pause(0.02)
    yield from well_behaved(good)


def _trailers(asked: Asked, good: Answer) -> Iterator[Step]:
    yield Send(head(dataclasses.replace(good, streamed=True)))
    yield from (Send(chunk(piece)) for piece in good.pieces)
    yield Send(b"0\r\nx-checksum: 0\r\n\r\n")


PLAIN: dict[str, Callable[[Asked, Answer], Iterator[Step]]] = {
    "fake-hang": _hang,
    "fake-stall": _stall,
    "fake-cut": _cut,
    "fake-reset": _reset,
    "fake-close": _close,
    "fake-html": _html,
    "fake-cut-json": _cut_json,
    "fake-empty": _empty,
    "fake-error-in-stream": _error_in_stream,
    "fake-error-first": _error_first,
    "fake-no-end": _no_end,
    "fake-split": _split,
    "fake-bytewise": _bytewise,
    "fake-gzip": _gzip,
    "fake-huge-line": _huge_line,
    "fake-early-hints": _early_hints,
    "fake-trailers": _trailers,
}
WITH_NUMBER: dict[str, Callable[[Asked, Answer, int, float], Iterator[Step]]] = {
    "slow": _slow,
    "late": _late,
    "long": _long,
}
