from __future__ import annotations

import pytest

from addon.canon.frame import Frame
from addon.wire.framer import Framer, FrameTooLarge


class Letters(Framer):
    """Each byte is a frame; an exclamation mark is garbage."""

    def _scan(self, chunk: bytes, frames: list[Frame]) -> None:
        for letter in chunk:
            if letter == ord("!"):
                raise ValueError("shouting")
            frames.append(Frame(bytes([letter])))

    def _finish(self, frames: list[Frame]) -> None:
        frames.append(Frame(b"end"))


def test_an_error_behind_frames_is_raised_at_the_next_call() -> None:
    framer = Letters()
    assert framer.feed(b"ab!c") == [Frame(b"a"), Frame(b"b")]
    with pytest.raises(ValueError, match="shouting"):
        framer.feed(b"d")
    with pytest.raises(ValueError, match="shouting"):
        framer.close()


def test_an_error_without_frames_is_raised_at_once() -> None:
    with pytest.raises(ValueError, match="shouting"):
        Letters().feed(b"!")


def test_close_gives_the_rest() -> None:
    assert Letters().close() == [Frame(b"end")]


def test_a_framing_without_rules_is_a_mistake_of_its_author() -> None:
    with pytest.raises(TypeError):
        Framer().feed(b"a")
    with pytest.raises(TypeError):
        Framer().close()


def test_frame_too_large_says_the_limit() -> None:
    assert "larger than 5 bytes" in str(FrameTooLarge(5))
