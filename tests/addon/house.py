"""The real addon with real services on a database of its own: for tests that run hooks without a proxy around them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mitmproxy.addons.proxyauth import ProxyAuth
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.test import taddons

from addon import stream
from addon.compose import make_pages
from addon.hooks import OneAPI
from addon.services import Services, open_services
from addon.settings import read_settings
from rules.channels import ChannelStore
from rules.models import Holds, Logs
from rules.tokens import TokenStore
from tests.addon.conversation import Conversation, Reach, reachable

KEY = "sk-fake-upstream"
ENVIRON = {
    "INITIAL_ROOT_PASSWORD": "fake-root-password",
    "INITIAL_ROOT_TOKEN": "fakerootkey0000000000000000000000",
}
ROOT_TOKEN = f"sk-{ENVIRON['INITIAL_ROOT_TOKEN']}"


@dataclass(slots=True)
class House:
    """`loop` is where hooks run; nothing else does."""

    services: Services
    addon: OneAPI
    loop: asyncio.AbstractEventLoop
    context: taddons.context

    def channel(self, *models: str, **fields: Any) -> int:
        """A channel that is live when this returns."""
        known = {"type": 1, "name": "one", "key": KEY, "base_url": "http://upstream.example:81", "group": "default"}
        made = ChannelStore(self.services.database, self.services.vault).create(
            {**known, "models": ",".join(models), **fields}
        )
        self.services.snapshots.refresh_if_moved()
        return made[0]

    def token(self, **fields: Any) -> str:
        """root's; limited to nothing unless told."""
        known = {"name": "laptop", "unlimited_quota": False, "remain_quota": 0, "expired_time": -1}
        made = TokenStore(self.services.database, self.services.vault).create(1, {**known, **fields})
        self.services.snapshots.refresh_if_moved()
        return f"sk-{made.key}"

    def conversation(self, reach: Reach = reachable) -> Conversation:
        return Conversation(self.addon, self.loop, reach)

    def run(self, awaitable: Any) -> Any:
        return self.loop.run_until_complete(awaitable)

    def rows(self) -> list[dict[str, Any]]:
        """The log rows, once the ledger has written what it was given."""
        self.services.ledger.heartbeat().result(5)
        found = self.services.database.rows(Logs.select().order_by(Logs.id))
        return [{**row, "detail": json.loads(row["detail"] or "{}")} for row in found]

    def holds(self) -> list[dict[str, Any]]:
        self.services.ledger.heartbeat().result(5)
        return self.services.database.rows(Holds.select())

    def forget(self) -> None:
        """As if nothing had happened: no rows, no channels, no tokens but root's first."""
        self.services.ledger.heartbeat().result(5)  # what the test before has settled may not be written yet
        database = self.services.database
        for table in ("logs", "holds", "channels", "abilities"):
            database.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
        database.execute("DELETE FROM tokens WHERE id > 1")
        database.changed()
        self.services.snapshots.refresh_if_moved()
        self.services.health.entries.clear()
        stream.install(self.addon)


@contextlib.contextmanager
def running_house(folder: Path) -> Iterator[House]:
    """From `running` to `done`, as mitmproxy calls them."""
    loop = asyncio.new_event_loop()
    context = taddons.context(Proxyserver(), ProxyAuth())
    services = open_services(read_settings({**ENVIRON, "ONEAPI_DATA_DIR": str(folder)}))
    addon = OneAPI(lambda: services, make_pages)

    async def start() -> None:
        addon.running()

    addon.load(None)
    loop.run_until_complete(start())
    yield House(services, addon, loop, context)
    addon.done()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
