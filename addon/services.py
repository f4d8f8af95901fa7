"""What one process of the relay works with: opened once at start, closed once at the end.

Must not know mitmproxy.
"""

from __future__ import annotations

import logging
import os
import random
import uuid
from dataclasses import dataclass

from addon.dialects import DIALECTS
from addon.meter import prepare_ranks
from addon.plan import Means
from addon.settings import Settings
from rules.database import Database, connect
from rules.ledger import Ledger
from rules.snapshot import SnapshotStore
from rules.users import create_root
from rules.vault import Vault, open_vault

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Services:
    """`worker` names this process in the ledger."""

    settings: Settings
    database: Database
    vault: Vault
    snapshots: SnapshotStore
    ledger: Ledger
    means: Means
    rng: random.Random
    worker: str

    def close(self) -> None:
        """Settles what is queued, then lets go of the database."""
        self.ledger.stop()
        self.database.close_all()
