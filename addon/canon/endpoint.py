"""What a client can ask of us. Must not know how it is asked, nor who can do it."""

from __future__ import annotations

import enum


class Endpoint(enum.StrEnum):
    """The value is the path below `/v1/`."""

    CHAT = "chat/completions"
    COMPLETIONS = "completions"
    EMBEDDINGS = "embeddings"
    IMAGES = "images/generations"
    IMAGE_EDITS = "images/edits"
    IMAGE_VARIATIONS = "images/variations"
    SPEECH = "audio/speech"
    TRANSCRIPTIONS = "audio/transcriptions"
    TRANSLATIONS = "audio/translations"
    MODERATIONS = "moderations"
    RERANK = "rerank"
    PROXY = "oneapi/proxy"
    FILES = "files"
    """Files, and what is made of them: batches and fine-tuning jobs."""
    REALTIME = "realtime"
    """A WebSocket."""


PASSED = frozenset({Endpoint.PROXY, Endpoint.FILES})
"""Whose requests pass as they are, with any method."""
POSTED = frozenset(Endpoint) - PASSED - {Endpoint.REALTIME}
"""Whose requests are documents, or forms."""
