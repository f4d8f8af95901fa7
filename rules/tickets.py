"""Tickets: a permission that works once, in whichever process it is shown. Must not know what a purpose means."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from rules.database import Database
from rules.models import Tickets
from rules.vault import Vault

ID_BYTES = 16


class TicketStore:
    """`clock` gives Unix seconds."""

    def __init__(self, database: Database, vault: Vault, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    def issue(self, purpose: str, payload: Mapping[str, Any], ttl_seconds: float) -> str:
        """A ticket for one use within `ttl_seconds`."""
        now = self._clock()
        ticket_id = secrets.token_hex(ID_BYTES)
        values = {
            "id": ticket_id,
            "purpose": purpose,
            "payload": json.dumps(dict(payload)),
            "expires_at": now + ttl_seconds,
        }
        self._database.run(Tickets.delete().where(Tickets.expires_at < now))
        self._database.insert(Tickets, values)
        return f"{ticket_id}.{self._vault.sign(_signed_text(ticket_id, purpose))}"

    def redeem(self, ticket: str, purpose: str) -> dict[str, Any] | None:
        """The payload, to the first who asks; None to everybody else, and for a forged, foreign or late ticket."""
        ticket_id, _, signature = ticket.partition(".")
        if not self._vault.signed(_signed_text(ticket_id, purpose), signature):
            return None
        found = (Tickets.id == ticket_id) & (Tickets.purpose == purpose) & (Tickets.expires_at >= self._clock())
        row = self._database.row(Tickets.select(Tickets.payload).where(found))
        if row is None or not self._database.run(Tickets.delete().where(found)):
            return None
        payload: dict[str, Any] = json.loads(row["payload"])
        return payload


def _signed_text(ticket_id: str, purpose: str) -> str:
    return f"ticket {purpose} {ticket_id}"
