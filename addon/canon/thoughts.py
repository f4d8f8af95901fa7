"""Thoughts that a model writes into its text: `<think>…</think>` in front of the answer, told apart.

DeepSeek-R1 and its distillates, QwQ, Qwen3, GLM-Z1 and MiniMax-M1 write so wherever the server does not split it for
them. Must not know any provider, nor whether the text comes in pieces.
"""

from __future__ import annotations

import enum

OPEN, CLOSE = "<think>", "</think>"
BLANKS = 256
"""More of them are nobody's no more: what is held back is looked at again with each piece."""


class _Place(enum.Enum):
    BEFORE = enum.auto()
    WITHIN = enum.auto()
    BEHIND = enum.auto()
    ANSWER = enum.auto()


class Thoughts:
    """One answer's text, piece by piece. A tag counts only where the text begins with it; blanks around the tags
    belong to nobody. Holds back what may become a tag, until `rest`."""

    def __init__(self) -> None:
        self._place = _Place.BEFORE
        self._thought = False
        self._held = ""

    def split(self, text: str) -> tuple[str, str]:
        """What of this piece is thought, and what is said."""
        text, self._held = self._held + text, ""
        thought = ""
        if self._place is _Place.BEFORE:
            text = self._begin(text)
        if self._place is _Place.WITHIN:
            thought, text = self._think(text)
        if self._place is _Place.BEHIND:
            text = text.lstrip()
            if text:
                self._place = _Place.ANSWER
        return thought, text

    def rest(self) -> tuple[str, str]:
        """What was held back and became no tag: nothing follows it, or thoughts came in a field of their own."""
        held, self._held = self._held, ""
        within, self._place = self._place is _Place.WITHIN, _Place.ANSWER
        return (held, "") if within else ("", held)

    def _begin(self, text: str) -> str:
        start = text.lstrip()
        if start.startswith(OPEN):
            self._place = _Place.WITHIN
            return start[len(OPEN) :]
        if OPEN.startswith(start) and len(text) <= BLANKS:
            self._held = text
            return ""
        self._place = _Place.ANSWER
        return text

    def _think(self, text: str) -> tuple[str, str]:
        """The thought in the text, and what follows it."""
        if not self._thought:
            text = text.lstrip()
        self._thought |= bool(text)
        thought, closed, behind = text.partition(CLOSE)
        if closed:
            self._place = _Place.BEHIND
            return thought.rstrip(), behind
        cut = next(length for length in range(len(CLOSE) - 1, -1, -1) if text.endswith(CLOSE[:length]))
        end = len(text) - cut
        thought = text[: max(len(text[:end].rstrip()), end - BLANKS)]
        self._held = text[len(thought) :]
        return thought, ""
