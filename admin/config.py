"""What the admin app is told when it is built.

A value: it must not read the environment, open anything, or know where its parts come from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rules.database import Database
from rules.vault import Vault


@dataclass(frozen=True, slots=True)
class AdminConfig:
    """`start_time` is in Unix seconds. `relay_url` has no trailing slash and is asked anew for every call.

    `dialects` are the formats that the relay speaks (None: not told), so that
    saving a channel of a type that has to wait can say so. `demo_port`: where scripts/fake-provider listens.
    """

    database: Database
    vault: Vault
    relay_url: Callable[[], str]
    version: str
    start_time: int
    data_dir: Path
    ca_cert: Callable[[], Path | None]
    allowed_hosts: tuple[str, ...] = ()
    demo_port: int = 8399
    dialects: frozenset[str] | None = None
