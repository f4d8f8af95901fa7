"""SocketAnswers: a provider that is asked, and answers, over a WebSocket, read as a stream of JSON lines. Pure.

One text message asks; each message of the answer becomes a line, so that all that follows is as for other streams.
Must not know mitmproxy, providers, nor what a message means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from addon.wire.websocket import PONG, TEXT, Close, Decoder, Message, Piece, Ping, close_frame, encode

CONTENT_TYPE = "application/x-ndjson"
NORMAL, PROTOCOL_ERROR = 1000, 1002


@dataclass(frozen=True, slots=True)
class Heard:
    """`lines` of the answer, the `reply` that the provider is owed, and why there will be no more: it is `over`, well
    or (`broken`) not."""

    lines: bytes = b""
    reply: bytes = b""
    over: bool = False
    broken: str = ""


class SocketAnswers:
    """`is_last` says of a message whether it ends the answer; `new_mask` gives four random bytes."""

    def __init__(self, question: bytes, is_last: Callable[[bytes], bool], new_mask: Callable[[], bytes]) -> None:
        self.asked = False
        self._question = question
        self._is_last = is_last
        self._new_mask = new_mask
        self._decoder = Decoder()

    def ask(self) -> bytes:
        """What is sent first."""
        self.asked = True
        return encode(TEXT, self._question, self._new_mask())

    def feed(self, chunk: bytes) -> Heard:
        """Never raises. After `over` it is not called any more."""
        try:
            pieces = self._decoder.feed(chunk)
        except ValueError as error:
            return Heard(reply=close_frame(PROTOCOL_ERROR, self._new_mask()), over=True, broken=str(error))
        lines, reply = b"", b""
        for piece in pieces:
            lines += self._line(piece)
            reply += self._owed(piece)
            if isinstance(piece, Close):
                return Heard(lines, reply, True, f"it closed with {piece.code}" if piece.code != NORMAL else "")
            if isinstance(piece, Message) and self._is_last(piece.data):
                return Heard(lines, reply + close_frame(NORMAL, self._new_mask()), True)
        return Heard(lines, reply)

    def _line(self, piece: Piece) -> bytes:
        """In JSON a line end stands between tokens only."""
        if not isinstance(piece, Message):
            return b""
        return piece.data.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"

    def _owed(self, piece: Piece) -> bytes:
        match piece:
            case Ping():
                return encode(PONG, piece.data, self._new_mask())
            case Close():
                return close_frame(NORMAL, self._new_mask())
            case _:
                return b""
