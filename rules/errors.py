"""What can go wrong in this room, as exceptions. They know no HTTP: the callers choose the status."""

from __future__ import annotations


class Invalid(ValueError):
    """A write was refused: `message` for people (in One API's words where it has some), `field` the input at fault."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class DsnError(ValueError):
    """SQL_DSN cannot be understood; the message says what to change and never shows the password."""


class VaultError(RuntimeError):
    """The key of the secrets is missing, wrong or unsafe; the message says what to do."""


class LedgerBusy(RuntimeError):
    """The ledger's queue is full, its database away, or it is stopped: nothing was reserved or written."""
