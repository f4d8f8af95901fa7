"""The stores that the admin works with, opened once per app, and how a request reaches them.

Must not know SQL: what a page needs and no store gives becomes a function of that store.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, g

from admin.config import AdminConfig
from admin.throttle import Throttle
from rules.channels import ChannelStore
from rules.database import Database
from rules.logs import LogStore
from rules.options import Options, OptionStore
from rules.tally import Tally
from rules.tickets import TicketStore
from rules.tokens import TokenStore
from rules.users import UserStore


@dataclass(frozen=True, slots=True)
class Stores:
    config: AdminConfig
    database: Database
    relay_url: Callable[[], str]
    channels: ChannelStore
    tokens: TokenStore
    users: UserStore
    options: OptionStore
    logs: LogStore
    tickets: TicketStore
    tally: Tally
    throttle: Throttle


def open_stores(config: AdminConfig) -> Stores:
    database, vault = config.database, config.vault
    return Stores(
        config=config,
        database=database,
        relay_url=config.relay_url,
        channels=ChannelStore(database, vault),
        tokens=TokenStore(database, vault),
        users=UserStore(database, vault),
        options=OptionStore(database, vault),
        logs=LogStore(database),
        tickets=TicketStore(database, vault),
        tally=Tally(database),
        throttle=Throttle(),
    )


def stores() -> Stores:
    """The stores of the app that answers this request."""
    found = current_app.extensions["stores"]
    assert isinstance(found, Stores)
    return found


def options() -> Options:
    """One API's options as they are now, read once per request."""
    if "options" not in g:
        g.options = stores().options.current()
    found = g.options
    assert isinstance(found, Options)
    return found
