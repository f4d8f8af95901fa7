"""The decision who may log in, for /api and the pages alike. A value comes out; the callers show it.

Must not know how a session is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from admin.i18n import gettext as _
from admin.stores import Stores
from rules.first_start import DEFAULT_PASSWORD
from rules.values import UserRecord


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """`restricted`: with the default password, which opens nothing but the choice of a new one."""

    user: UserRecord
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """`wait` is in seconds; 0: nothing keeps one from trying again."""

    message: str
    wait: int = 0


def log_in(
    stores: Stores, username: str, password: str, *, address: str, from_here: bool, now: float
) -> LoggedIn | LoginRefused:
    """`address` is the true peer, `from_here` that it is this machine and speaks for nobody else."""
    if not stores.options.current().password_login_enabled:
        return LoginRefused(_("The administrator has switched off password log-in"))
    if not username or not password:
        return LoginRefused(_("Invalid parameter"))
    wait = stores.throttle.wait(username, address, now)
    if wait:
        return LoginRefused(_("Too many attempts: try again in %(minutes)s minutes", minutes=-(-wait // 60)), wait)
    user = stores.users.authenticate(username, password)
    if user is None:
        stores.throttle.failed(username, address, now)
        return LoginRefused(_("Wrong user name or password, or the user is banned"))
    restricted = user.must_change_password or password == DEFAULT_PASSWORD
    if restricted and not from_here:
        stores.throttle.failed(username, address, now)
        return LoginRefused(
            _(
                "The default password is accepted on the machine itself only. Open http://127.0.0.1 there and choose a"
                " password, or start the server for the first time with INITIAL_ROOT_PASSWORD set"
            )
        )
    stores.throttle.succeeded(username, address)
    return LoggedIn(user, restricted)
