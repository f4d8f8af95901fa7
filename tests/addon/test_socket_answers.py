import itertools
import json
from collections.abc import Iterator

import pytest

from addon.socket_answers import Heard, SocketAnswers
from addon.wire.websocket import PONG, TEXT, close_frame, encode
from tests.addon.wire.test_websocket import frame

MASK = b"\1\2\3\4"
FIRST, LAST = b'{"a":\n1}', b'{"last":\r\n true}'


def is_last(message: bytes) -> bool:
    return b"last" in message


def answers() -> SocketAnswers:
    return SocketAnswers(b"question", is_last, lambda: MASK)


def lines_of(*chunks: bytes) -> Iterator[Heard]:
    one = answers()
    for chunk in chunks:
        heard = one.feed(chunk)
        yield heard
        if heard.over:
            return


def test_the_question_is_one_text_message() -> None:
    one = answers()
    assert not one.asked
    assert one.ask() == encode(TEXT, b"question", MASK)
    assert one.asked


def test_messages_become_lines_and_pings_are_answered_at_every_split() -> None:
    said = frame(TEXT, FIRST[:3], final=False) + frame(0x9, b"x") + frame(0, FIRST[3:]) + frame(TEXT, LAST)
    for cut in range(len(said) + 1):
        heard = [*lines_of(said[:cut], said[cut:])]
        lines = b"".join(one.lines for one in heard).splitlines()
        assert [json.loads(line) for line in lines] == [{"a": 1}, {"last": True}]
        assert b"".join(one.reply for one in heard) == encode(PONG, b"x", MASK) + close_frame(1000, MASK)
        assert [one.over for one in heard][-1]
        assert not any(one.broken for one in heard)


@pytest.mark.parametrize(("code", "broken"), [(1000, ""), (1011, "it closed with 1011")])
def test_a_close_ends_it(code: int, broken: str) -> None:
    (heard,) = lines_of(frame(TEXT, FIRST) + frame(0x8, code.to_bytes(2)))
    assert heard == Heard(b'{"a": 1}\n', close_frame(1000, MASK), True, broken)


def test_what_is_no_websocket_ends_it_with_the_reason() -> None:
    (heard,) = lines_of(b"HTTP")
    assert (heard.lines, heard.reply, heard.over) == (b"", close_frame(1002, MASK), True)
    assert "bits" in heard.broken


def test_each_frame_has_a_mask_of_its_own() -> None:
    masks = (bytes([number] * 4) for number in itertools.count(1))
    one = SocketAnswers(b"q", is_last, lambda: next(masks))
    assert one.ask()[2:6] == b"\1\1\1\1"
    assert one.feed(frame(0x9)).reply[2:6] == b"\2\2\2\2"
