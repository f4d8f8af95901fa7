"""BALANCES: how a provider says what is left, by the name in its row (One API's A12.7, and what came after it).

Amounts are Decimal, in the currency that the provider counts in; nothing is converted. Must not know channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

from addon.canon.codec import FollowUp
from addon.canon.endpoint import Endpoint
from addon.canon.outbound import Outbound, Target
from addon.canon.raw import RawRequest
from addon.control.way import JSON_ONLY, Documents, Told, Way, above, bearer, get
from addon.dialects import deepl, openai_files

POINTS = "points"
CHARACTERS = "characters"
MOST_DIGITS, MOST_PLACES = 15, 40
"""Before and behind the point: `1e-99999999` is short, and takes a hundred megabytes to write out."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What is left. `currency` is ISO's code, or POINTS or CHARACTERS."""

    amount: Decimal
    currency: str


def amount(value: Any) -> Decimal:
    """A number as providers write it: a number, or text. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise ValueError("no amount")
    found = Decimal(value)
    if not found.is_finite() or found.adjusted() > MOST_DIGITS or -int(found.as_tuple().exponent) > MOST_PLACES:
        raise ValueError("no amount that means anything")
    return found


def simple(url: Callable[[Target], str], read: Callable[[Target, Any], Balance]) -> Way[Balance]:
    """One request with the key as it is everywhere, one reply."""
    return Way(
        ask=lambda target: get(url(target), bearer(target)), read=lambda target, documents: read(target, documents[0])
    )


def by_host(target: Target, abroad: str) -> str:
    """The currency of providers with two worlds of accounts: dollars at the host abroad, yuan else."""
    return "USD" if (urlsplit(target.base_url).hostname or "").endswith(abroad) else "CNY"


# OpenAI's old billing pages, which resellers, and One API itself, offer to this day.


def openai_page(target: Target, path: str, query: str = "") -> Outbound:
    return openai_files.build(RawRequest(Endpoint.FILES, "GET", path, query, JSON_ONLY), target)


def ask_subscription(target: Target) -> Outbound:
    return openai_page(target, "/dashboard/billing/subscription")


def ask_usage(target: Target, document: Any, count: int) -> FollowUp | None:
    """This month's, or the last 100 days' where nothing is paid afterwards: as One API does."""
    if count > 1:
        return None
    today = datetime.fromtimestamp(target.now, UTC).date()
    since = today.replace(day=1) if document.get("has_payment_method") else today - timedelta(days=100)
    query = urlencode({"start_date": since.isoformat(), "end_date": today.isoformat()})
    return FollowUp(openai_page(target, "/dashboard/billing/usage", query))


def read_subscription(target: Target, documents: Documents) -> Balance:
    """Usage is in cents."""
    subscription, usage = documents
    return Balance(amount(subscription["hard_limit_usd"]) - amount(usage["total_usage"]) / 100, "USD")


def credit_grants(field: str, currency: str) -> Way[Balance]:
    return simple(
        lambda target: above(target.base_url, "/v1") + "/dashboard/billing/credit_grants",
        lambda target, document: Balance(amount(document[field]), currency),
    )


def ask_openai_sb(target: Target) -> Outbound:
    asked = get(above(target.base_url, "/v1") + "/sb-api/user/status")
    return replace(asked, secret_query=(("api_key", target.key),))


def read_openai_sb(target: Target, documents: Documents) -> Balance:
    """Ten thousand credits are a yuan."""
    data = documents[0].get("data")
    if data is None:
        raise Told(f"The provider says: {documents[0].get('msg') or 'no reason given'}")
    return Balance(amount(data["credit"]) / 10_000, "CNY")


def ask_ai_proxy(target: Target) -> Outbound:
    return get(above(target.base_url, "/v1") + "/api/report/getUserOverview", ("api-key", target.key))


def read_ai_proxy(target: Target, documents: Documents) -> Balance:
    return Balance(amount(documents[0]["data"]["totalPoints"]), POINTS)


# Providers of their own.


def read_siliconflow(target: Target, document: Any) -> Balance:
    """docs.siliconflow.cn/cn/api-reference/userinfo: `totalBalance` is what was given and what was paid."""
    data = document.get("data") if document.get("status") is not False else None
    if not data:
        raise Told(f"The provider says: {document.get('message') or 'no reason given'}")
    return Balance(amount(data["totalBalance"]), by_host(target, ".com"))


def read_deepseek(target: Target, document: Any) -> Balance:
    """api-docs.deepseek.com/api/get-user-balance: a row per currency; one that still has something, else the first."""
    rows = [Balance(amount(row["total_balance"]), str(row["currency"])) for row in document["balance_infos"]]
    return next((row for row in rows if row.amount > 0), rows[0])


def read_openrouter_credits(target: Target, document: Any) -> Balance:
    """openrouter.ai/docs/api: for management keys."""
    data = document["data"]
    return Balance(amount(data["total_credits"]) - amount(data["total_usage"]), "USD")


def read_openrouter_key(target: Target, document: Any) -> Balance:
    """What this key may still spend, where it has a limit of its own."""
    left = document["data"]["limit_remaining"]
    if left is None:
        raise Told("OpenRouter tells the account's balance to management keys only, and this key has no limit.")
    return Balance(amount(left), "USD")


def read_moonshot(target: Target, document: Any) -> Balance:
    """platform.moonshot.cn/docs/api/balance; yuan there, dollars at moonshot.ai."""
    if document.get("code"):
        raise Told(f"The provider says: {document.get('message') or document['code']}")
    return Balance(amount(document["data"]["available_balance"]), by_host(target, ".moonshot.ai"))


def read_stepfun(target: Target, document: Any) -> Balance:
    """platform.stepfun.com/docs/zh/api-reference/accounts/get"""
    return Balance(amount(document["balance"]), by_host(target, ".stepfun.ai"))


def read_novita(target: Target, document: Any) -> Balance:
    """novita.ai/docs/api-reference/basic-get-user-balance: ten-thousandths of a dollar."""
    return Balance(amount(document["availableBalance"]) / 10_000, "USD")


def ask_deepl(target: Target) -> Outbound:
    """developers.deepl.com/docs/api-reference/usage-and-quota"""
    key = target.key.strip()
    return get(f"{deepl.base_url(target, key)}/v2/usage", ("authorization", f"DeepL-Auth-Key {key}"))


def read_deepl(target: Target, documents: Documents) -> Balance:
    used = documents[0]
    return Balance(amount(used["character_limit"]) - amount(used["character_count"]), CHARACTERS)


BALANCES: Mapping[str, tuple[Way[Balance], ...]] = {
    "openai": (Way(ask_subscription, read_subscription, ask_usage),),
    "closeai": (credit_grants("total_available", "CNY"),),
    "api2gpt": (credit_grants("total_remaining", "CNY"),),
    "aigc2d": (credit_grants("total_available", POINTS),),
    "openai-sb": (Way(ask_openai_sb, read_openai_sb),),
    "ai-proxy": (Way(ask_ai_proxy, read_ai_proxy),),
    "siliconflow": (simple(lambda target: above(target.base_url, "/v1") + "/v1/user/info", read_siliconflow),),
    "deepseek": (simple(lambda target: above(target.base_url, "/v1", "/beta") + "/user/balance", read_deepseek),),
    "openrouter": (
        simple(lambda target: above(target.base_url, "/v1") + "/v1/credits", read_openrouter_credits),
        simple(lambda target: above(target.base_url, "/v1") + "/v1/key", read_openrouter_key),
    ),
    "moonshot": (simple(lambda target: above(target.base_url, "/v1") + "/v1/users/me/balance", read_moonshot),),
    "stepfun": (
        simple(
            lambda target: above(target.base_url, "/step_plan/v1", "/step_plan", "/v1") + "/v1/accounts", read_stepfun
        ),
    ),
    "novita": (
        simple(
            lambda target: (
                above(target.base_url, "/v3/openai", "/openai/v1", "/openai") + "/openapi/v1/billing/balance/detail"
            ),
            read_novita,
        ),
    ),
    "deepl": (Way(ask_deepl, read_deepl, home=lambda target: deepl.base_url(target, target.key.strip())),),
}
"""The ways of one name are tried in order until one of them is not refused."""
