"""How things go wrong, as values.

    Refusal   we said no: the request never reaches a provider (401, 403, 404, 413, 503 ..)
    Fault     a provider failed (`canon/fault.py`)

Both end as one JSON document in OpenAI's shape. CannotStart is for whoever starts us: there is no request yet.
Must not know HTTP machinery.
"""

from __future__ import annotations

from dataclasses import dataclass


class CannotStart(Exception):
    """Says in one line why the gateway cannot start and what to change; never a password."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Our own no. `message` is One API's exact text where it has one; `english` is for clients that ask for it."""

    status: int
    message: str
    english: str = ""
    type: str = "one_api_error"
    code: str | None = None
    param: str | None = None

    def text(self, accept_language: str) -> str:
        """The message in the client's language: English only for those who ask for it (one-api.md, A1.13)."""
        if self.english and accept_language.lower().lstrip().startswith("en"):
            return self.english
        return self.message
