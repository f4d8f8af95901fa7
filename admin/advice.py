"""What an operator can do about a failure, by its class: one sentence before the provider's own words.

The classes are those of the relay's faults, which this package only knows as text.
"""

from __future__ import annotations

from collections.abc import Mapping

from admin.i18n import N_
from admin.i18n import gettext as _

ADVICE: Mapping[str, str] = {
    "bad_key": N_("The provider refuses the key."),
    "forbidden": N_("The provider knows the key but does not allow it to ask this."),
    "not_found": N_("The provider has nothing of this kind at the channel's address; look at the base URL."),
    "out_of_balance": N_("The account is empty."),
    "rate_limited": N_("The provider asks for patience; try again in a minute."),
    "overloaded": N_("The provider is overloaded; try again in a minute."),
    "server_error": N_("The provider has a problem of its own; try again later."),
    "transport": N_("The provider was not reached; look at the base URL and at this machine's network."),
    "garbage": N_("Something else than the provider's API answered; look at the base URL."),
}


def advised(kind: str, message: str) -> str:
    """The advice and what was said; only the latter where there is no advice."""
    advice = ADVICE.get(kind, "")
    return f"{_(advice)} {message}".strip() if advice else message
