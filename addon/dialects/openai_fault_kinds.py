"""Which kind of failure a provider's status, code, type or words mean: one ordered look-up.

Must not know how errors are written. Codes: the providers' own error pages (November 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from addon.canon.fault import FaultKind

STATUS_OF: Mapping[FaultKind, int] = {
    FaultKind.BAD_REQUEST: 400,
    FaultKind.BAD_KEY: 401,
    FaultKind.OUT_OF_BALANCE: 402,
    FaultKind.FORBIDDEN: 403,
    FaultKind.NOT_FOUND: 404,
    FaultKind.RATE_LIMITED: 429,
    FaultKind.OVERLOADED: 503,
    FaultKind.CONTENT_FILTER: 400,
    FaultKind.SERVER_ERROR: 502,
}
"""The status for an error that came inside a 200."""

TYPE_OF: Mapping[FaultKind, str] = {
    FaultKind.BAD_REQUEST: "invalid_request_error",
    FaultKind.BAD_KEY: "authentication_error",
    FaultKind.OUT_OF_BALANCE: "insufficient_quota",
    FaultKind.FORBIDDEN: "permission_error",
    FaultKind.NOT_FOUND: "not_found_error",
    FaultKind.RATE_LIMITED: "rate_limit_error",
    FaultKind.OVERLOADED: "server_error",
    FaultKind.CONTENT_FILTER: "invalid_request_error",
    FaultKind.SERVER_ERROR: "server_error",
}
"""The type for an error of OpenAI's shape that leaves it out (Azure, Zhipu, OpenRouter)."""

_BALANCE = FaultKind.OUT_OF_BALANCE
_FILTER = FaultKind.CONTENT_FILTER
_LIMIT = FaultKind.RATE_LIMITED
_SERVER = FaultKind.SERVER_ERROR

MINIMAX: Mapping[int, FaultKind] = {
    **dict.fromkeys((1002, 1039, 1041, 2056), _LIMIT),
    **dict.fromkeys((1004, 2049), FaultKind.BAD_KEY),
    **dict.fromkeys((1026, 1027), _FILTER),
    # of these the last four are about voices
    **dict.fromkeys((1042, 2013, 2037, 2042, 2054, 20132), FaultKind.BAD_REQUEST),
    1008: _BALANCE,
    2061: FaultKind.FORBIDDEN,
}

CODES: Mapping[str, FaultKind] = {
    # OpenAI and Azure
    "insufficient_quota": _BALANCE,
    "billing_hard_limit_reached": _BALANCE,
    "credit_balance_exhausted": _BALANCE,
    "organization_usage_limit_exceeded": _BALANCE,
    "organization_spend_limit_exceeded": _BALANCE,
    "project_spend_limit_exceeded": _BALANCE,
    "invalid_api_key": FaultKind.BAD_KEY,
    "account_deactivated": FaultKind.BAD_KEY,
    "model_not_found": FaultKind.NOT_FOUND,
    "unknown_model": FaultKind.NOT_FOUND,
    "invalid_model": FaultKind.NOT_FOUND,
    "model_decommissioned": FaultKind.NOT_FOUND,
    "deploymentnotfound": FaultKind.NOT_FOUND,
    "content_filter": _FILTER,
    "content_policy_violation": _FILTER,
    "content_filter_error": _FILTER,
    "rate_limit_exceeded": _LIMIT,
    "resource_exhausted": _LIMIT,  # Google
    # Moonshot, Baichuan, StepFun
    "exceeded_current_quota_error": _BALANCE,
    "invalid_authentication_error": FaultKind.BAD_KEY,
    "incorrect_api_key_error": FaultKind.BAD_KEY,
    "rate_limit_reached_error": _LIMIT,
    "engine_overloaded_error": FaultKind.OVERLOADED,
    # Volcengine Ark
    "accountoverdueerror": _BALANCE,
    "quotaexceeded": _BALANCE,
    "setlimitexceeded": _BALANCE,
    "serveroverloaded": FaultKind.OVERLOADED,
    # Zhipu
    "1113": _BALANCE,
    "1211": FaultKind.NOT_FOUND,
    "1300": _FILTER,
    "1301": _FILTER,
    **dict.fromkeys(("1304", "1308", "1309", "1310"), _BALANCE),
    **dict.fromkeys(("1110", "1112", "1121", "1220", "1311"), FaultKind.FORBIDDEN),
    **dict.fromkeys(("1210", "1212", "1213", "1214", "1215", "1231", "1261"), FaultKind.BAD_REQUEST),
    **dict.fromkeys(("1221", "1222"), FaultKind.NOT_FOUND),
    **dict.fromkeys(("1302", "1303", "1305", "1313"), _LIMIT),
    **dict.fromkeys(("1120", "1234", "1312"), FaultKind.OVERLOADED),
    # iFlytek Spark
    **dict.fromkeys(("10003", "10004", "10005", "10163", "10907"), FaultKind.BAD_REQUEST),
    **dict.fromkeys(("10006", "10007", "11202", "11203"), _LIMIT),
    **dict.fromkeys(("10008", "10110"), FaultKind.OVERLOADED),
    **dict.fromkeys(("10013", "10014", "10019"), _FILTER),
    **dict.fromkeys(("10015", "10016", "11200"), FaultKind.FORBIDDEN),
    "11201": _BALANCE,
    # Qianfan v2, Mistral, Novita, Tencent TokenHub, SiliconFlow
    "invalid_iam_token": FaultKind.BAD_KEY,
    "unsafe_request": _FILTER,
    "system_unsafe": _FILTER,
    "user_setting_unsafe": _FILTER,
    "rate_limited": _LIMIT,
    "service_tier_capacity_exceeded": _LIMIT,
    "not_enough_balance": _BALANCE,
    "401007": _BALANCE,
    "401008": _BALANCE,
    "403004": _BALANCE,
    "20012": FaultKind.NOT_FOUND,
    "1500": FaultKind.NOT_FOUND,
    # FastGPT: the key is none of an app's
    "514": FaultKind.BAD_KEY,
    "unauthapikey": FaultKind.BAD_KEY,
    "insufficientquota": _BALANCE,
    "aipointsnotenough": _BALANCE,
    "toomanyrequest": _LIMIT,
    # Alibaba's compatible mode
    "arrearage": _BALANCE,
    "allocationquota.freetieronly": _BALANCE,
    "invalidapikey": FaultKind.BAD_KEY,
    "datainspectionfailed": _FILTER,
    "data_inspection_failed": _FILTER,
    "throttling.allocationquota": _LIMIT,
    "limit_requests": _LIMIT,
    "modelnotfound": FaultKind.NOT_FOUND,
    # Cloudflare Workers AI
    "3036": _BALANCE,
    "3040": FaultKind.OVERLOADED,
    "5007": FaultKind.NOT_FOUND,
    "3042": FaultKind.NOT_FOUND,
    "10000": FaultKind.BAD_KEY,
}

PHRASES: tuple[tuple[str, FaultKind], ...] = (
    ("api key not valid", FaultKind.BAD_KEY),
    ("api key expired", FaultKind.BAD_KEY),
    ("incorrect api key provided", FaultKind.BAD_KEY),
    ("used all available credits", _BALANCE),
    ("insufficient balance", _BALANCE),
    ("insufficient account balance", _BALANCE),
    ("balance is insufficient", _BALANCE),
    ("credit balance is too low", _BALANCE),
    ("exceeded your current quota", _BALANCE),
    ("out of call volume quota", _BALANCE),  # Azure, whose tiers have one
    ("已欠费", _BALANCE),
    ("余额不足", _BALANCE),
    ("overdue", _BALANCE),  # Chinese clouds, of accounts
)

STATUSES: Mapping[int, FaultKind] = {
    401: FaultKind.BAD_KEY,
    402: _BALANCE,
    403: FaultKind.FORBIDDEN,
    404: FaultKind.NOT_FOUND,
    408: _SERVER,
    429: _LIMIT,
    434: FaultKind.FORBIDDEN,
    451: _FILTER,
    498: _LIMIT,
    503: FaultKind.OVERLOADED,
    529: FaultKind.OVERLOADED,
}


def kind_of(status: int, code: str, type_: str, message: str, base_code: Any) -> FaultKind:
    """The kind of a failure. `base_code` is MiniMax's number, None elsewhere.

    The type goes before the code: Mistral's 1300 is a rate limit, Zhipu's, which has no type, a filter.
    """
    if isinstance(base_code, int) and base_code:
        return MINIMAX.get(base_code, _SERVER)
    for word in (type_.lower(), code.lower()):
        if word in CODES:
            return CODES[word]
        if "sensitivecontent" in word:
            return _FILTER
    lower = message.lower()
    for phrase, kind in PHRASES:
        if phrase in lower:
            return kind
    if status in STATUSES:
        return STATUSES[status]
    if 400 <= status < 500:
        return FaultKind.BAD_REQUEST
    return _kind_without_status(status, type_)


def _kind_without_status(status: int, type_: str) -> FaultKind:
    """An error inside a 200 says with its type what it is, if at all."""
    named = {name: kind for kind, name in TYPE_OF.items() if kind is not _FILTER}
    if status < 400 and type_ in named:
        return named[type_]
    return _SERVER
