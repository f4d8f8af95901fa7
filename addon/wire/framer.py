"""What every text framing shares: a size limit, and errors that do not depend on how the bytes arrived.

Must not know what a frame means.
"""

from __future__ import annotations

from addon.canon.frame import Frame

LIMIT = 16 * 1024 * 1024
"""Bytes per frame. Far above real ones (a base64 image of several MB), far below what hurts."""


class FrameTooLarge(ValueError):
    """One frame is larger than the limit: upstream never ends it, or sends something that is no stream."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"one frame of the reply is larger than {limit} bytes")


class Framer:
    """Turns bytes into frames. Subclasses append to `frames` in `_scan` and `_finish`, and raise ValueError on garbage.

    An error behind complete frames is raised at the next call, so that the frames before it are seen however
    the bytes were split.
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._error: ValueError | None = None

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that `chunk` completes. Raises FrameTooLarge or another ValueError."""
        frames: list[Frame] = []
        self._raise_late_error()
        try:
            self._scan(chunk, frames)
        except ValueError as error:
            if not frames:
                raise
            self._error = error
        return frames

    def close(self) -> list[Frame]:
        """What was left when the body ended. Raises ValueError if it ended where it cannot."""
        frames: list[Frame] = []
        self._raise_late_error()
        self._finish(frames)
        return frames

    def _raise_late_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _scan(self, chunk: bytes, frames: list[Frame]) -> None:
        raise TypeError("a framing says how to scan")

    def _finish(self, frames: list[Frame]) -> None:
        raise TypeError("a framing says how it ends")
