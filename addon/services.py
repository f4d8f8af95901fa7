"""What one process of the relay works with: opened once at start, closed once at the end.

Must not know mitmproxy.
"""

from __future__ import annotations

import logging
import random
import tempfile
import threading
from dataclasses import dataclass, field

from addon.dialects import DIALECTS
from addon.errors import CannotStart
from addon.fetch import Fetcher
from addon.meter import prepare_ranks, warm
from addon.plan import Means
from addon.settings import Settings
from rules.database import Database, connect
from rules.errors import Invalid, VaultError
from rules.first_start import create_root
from rules.health import Health, Policy
from rules.ledger import Ledger
from rules.patience import Patience
from rules.snapshot import SnapshotStore
from rules.vault import Vault, open_vault

logger = logging.getLogger(__name__)

DIALECT_SETTINGS = ("GEMINI_VERSION", "GEMINI_SAFETY_SETTING")


@dataclass(slots=True)
class Services:
    """One per process. `rng` draws the order of channels; `minted` are the access tokens that channels have fetched,
    `health` is what became of requests to them."""

    settings: Settings
    database: Database
    vault: Vault
    snapshots: SnapshotStore
    ledger: Ledger
    means: Means
    rng: random.Random
    fetcher: Fetcher
    patience: Patience
    minted: dict[str, tuple[str, float]] = field(default_factory=dict)
    health: Health = field(default_factory=Health)

    def close(self) -> None:
        """Settles what is queued, then lets go of the database."""
        self.ledger.stop()
        self.database.close_all()


def open_services(settings: Settings) -> Services:
    """Brings the database up to date and opens everything. Raises CannotStart."""
    try:
        prepare_folder(settings)
        prepare_ranks(settings.data_dir)
        return assemble(settings, open_database(settings))
    except Invalid as error:
        raise CannotStart(f"{error.field}: {error.message}") from error
    except VaultError as error:
        raise CannotStart(f"{error} (ONEAPI_SECRET_KEY)") from error
    except ValueError as error:
        raise CannotStart(str(error)) from error


def prepare_folder(settings: Settings) -> None:
    """The data directory is there and can be written. Raises CannotStart."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise CannotStart(
            f"the data directory {folder} cannot be written ({error.strerror}); choose another with ONEAPI_DATA_DIR"
        ) from error


def open_database(settings: Settings) -> Database:
    """Raises DsnError, and CannotStart when the database does not answer."""
    path = settings.data_dir / settings["SQLITE_PATH"]
    timeout = settings.number("SQLITE_BUSY_TIMEOUT")
    try:
        database = connect(
            settings["SQL_DSN"], settings.data_dir, sqlite_path=str(path), sqlite_busy_timeout_ms=timeout
        )
    except OSError as error:
        raise CannotStart(f"{path} cannot be made ({error.strerror}); see SQLITE_PATH") from error
    try:
        applied = database.migrate()
    except Exception as error:
        # The drivers have no class of error in common, and each of them says clearly what is wrong.
        reason = " ".join(str(error).split())
        raise CannotStart(f"the {database.dialect} database cannot be used ({reason}); see SQL_DSN") from error
    if applied:
        logger.info("database brought up to date: %s", ", ".join(applied))
    return database


def assemble(settings: Settings, database: Database) -> Services:
    patience = settings.patience()
    vault = open_vault(database, settings.data_dir, settings["ONEAPI_SECRET_KEY"])
    create_root(
        database,
        vault,
        password=settings["INITIAL_ROOT_PASSWORD"],
        token=settings["INITIAL_ROOT_TOKEN"],
        access_token=settings["INITIAL_ROOT_ACCESS_TOKEN"],
    )
    threading.Thread(target=warm, name="warm the tokenizer", daemon=True).start()
    ledger = Ledger(database)
    ledger.start()
    means = Means(DIALECTS, {name: settings[name] for name in DIALECT_SETTINGS})
    fetcher = Fetcher(settings.number("USER_CONTENT_REQUEST_TIMEOUT"), settings["USER_CONTENT_REQUEST_PROXY"])
    snapshots = SnapshotStore(database, vault)
    policy = Policy(first=settings.number("CHANNEL_COOLDOWN"), after=max(settings.number("CHANNEL_FAILURES"), 1))
    return Services(
        settings,
        database,
        vault,
        snapshots,
        ledger,
        means,
        random.SystemRandom(),
        fetcher,
        patience,
        health=Health(policy),
    )
