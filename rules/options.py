"""One API's options (A17): typed, with their defaults and checks; secrets are sealed and never listed.

The dataclass is the table: a field, its key, its default. Must not know HTTP or what an option does elsewhere.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.database import Database
from rules.errors import Invalid, VaultError
from rules.models import Options as Rows
from rules.pricing import Tables
from rules.vault import Vault

PURPOSE = "option"
SECRET = re.compile(r"(Token|Secret|SecretKey)$")
LONGEST_TEXT = 1_000_000
DEFAULT_DOMAINS = "gmail.com,163.com,126.com,qq.com,outlook.com,hotmail.com,icloud.com,yahoo.com,foxmail.com"
RATIO_MESSAGES = {
    "ModelRatio": "模型倍率必须是 JSON 对象，值为不小于 0 的数字",
    "CompletionRatio": "补全倍率必须是 JSON 对象，值为不小于 0 的数字",
    "GroupRatio": "分组倍率必须是 JSON 对象，值为不小于 0 的数字",
}
# An option that may only be switched on when another one is there.
NEEDS = {
    "GitHubOAuthEnabled": (
        "GitHubClientId",
        "无法启用 GitHub OAuth，请先填入 GitHub Client Id 以及 GitHub Client Secret！",
    ),
    "EmailDomainRestrictionEnabled": ("EmailDomainWhitelist", "无法启用邮箱域名限制，请先填入限制的邮箱域名！"),
    "WeChatAuthEnabled": ("WeChatServerAddress", "无法启用微信登录，请先填入微信登录相关配置信息！"),
    "TurnstileCheckEnabled": ("TurnstileSiteKey", "无法启用 Turnstile 校验，请先填入 Turnstile 校验相关配置信息！"),
}


def _option(key: str, default: Any) -> Any:
    return dataclasses.field(default=default, metadata={"key": key})


def _ratios(key: str, default: dict[str, float]) -> Any:
    return dataclasses.field(default_factory=lambda: dict(default), metadata={"key": key})


@dataclass(frozen=True, slots=True)
class Options:
    """The options as they are now. Quota is in credits, thresholds are in seconds, ratios as in rules/pricing.py."""

    password_login_enabled: bool = _option("PasswordLoginEnabled", True)
    password_register_enabled: bool = _option("PasswordRegisterEnabled", True)
    register_enabled: bool = _option("RegisterEnabled", True)
    email_verification_enabled: bool = _option("EmailVerificationEnabled", False)
    email_domain_restriction_enabled: bool = _option("EmailDomainRestrictionEnabled", False)
    email_domain_whitelist: str = _option("EmailDomainWhitelist", DEFAULT_DOMAINS)
    github_oauth_enabled: bool = _option("GitHubOAuthEnabled", False)
    oidc_enabled: bool = _option("OidcEnabled", False)
    wechat_auth_enabled: bool = _option("WeChatAuthEnabled", False)
    turnstile_check_enabled: bool = _option("TurnstileCheckEnabled", False)
    automatic_disable_channel_enabled: bool = _option("AutomaticDisableChannelEnabled", False)
    automatic_enable_channel_enabled: bool = _option("AutomaticEnableChannelEnabled", False)
    channel_disable_threshold: float = _option("ChannelDisableThreshold", 5.0)
    approximate_token_enabled: bool = _option("ApproximateTokenEnabled", False)
    log_consume_enabled: bool = _option("LogConsumeEnabled", True)
    display_in_currency_enabled: bool = _option("DisplayInCurrencyEnabled", True)
    display_token_stat_enabled: bool = _option("DisplayTokenStatEnabled", True)
    quota_per_unit: float = _option("QuotaPerUnit", 500_000.0)
    quota_for_new_user: int = _option("QuotaForNewUser", 0)
    quota_for_inviter: int = _option("QuotaForInviter", 0)
    quota_for_invitee: int = _option("QuotaForInvitee", 0)
    quota_remind_threshold: int = _option("QuotaRemindThreshold", 1000)
    pre_consumed_quota: int = _option("PreConsumedQuota", 500)
    retry_times: int = _option("RetryTimes", 2)
    model_ratio: Mapping[str, float] = _ratios("ModelRatio", {})
    completion_ratio: Mapping[str, float] = _ratios("CompletionRatio", {})
    group_ratio: Mapping[str, float] = _ratios("GroupRatio", {"default": 1, "vip": 1, "svip": 1})
    system_name: str = _option("SystemName", "One API")
    server_address: str = _option("ServerAddress", "")
    logo: str = _option("Logo", "")
    footer: str = _option("Footer", "")
    notice: str = _option("Notice", "")
    about: str = _option("About", "")
    home_page_content: str = _option("HomePageContent", "")
    top_up_link: str = _option("TopUpLink", "")
    chat_link: str = _option("ChatLink", "")
    theme: str = _option("Theme", "default")
    smtp_server: str = _option("SMTPServer", "")
    smtp_port: int = _option("SMTPPort", 587)
    smtp_from: str = _option("SMTPFrom", "")
    smtp_account: str = _option("SMTPAccount", "")
    smtp_token: str = _option("SMTPToken", "")
    github_client_id: str = _option("GitHubClientId", "")
    github_client_secret: str = _option("GitHubClientSecret", "")
    lark_client_id: str = _option("LarkClientId", "")
    lark_client_secret: str = _option("LarkClientSecret", "")
    oidc_client_id: str = _option("OidcClientId", "")
    oidc_client_secret: str = _option("OidcClientSecret", "")
    oidc_well_known: str = _option("OidcWellKnown", "")
    oidc_authorization_endpoint: str = _option("OidcAuthorizationEndpoint", "")
    oidc_token_endpoint: str = _option("OidcTokenEndpoint", "")
    oidc_userinfo_endpoint: str = _option("OidcUserinfoEndpoint", "")
    wechat_server_address: str = _option("WeChatServerAddress", "")
    wechat_server_token: str = _option("WeChatServerToken", "")
    wechat_account_qrcode_image_url: str = _option("WeChatAccountQRCodeImageURL", "")
    message_pusher_address: str = _option("MessagePusherAddress", "")
    message_pusher_token: str = _option("MessagePusherToken", "")
    turnstile_site_key: str = _option("TurnstileSiteKey", "")
    turnstile_secret_key: str = _option("TurnstileSecretKey", "")

    def tables(self) -> Tables:
        """The operator's prices, for rules/pricing.py."""
        return Tables.from_options(self.model_ratio, self.completion_ratio, self.group_ratio)

    def quota_text(self, quota: int) -> str:
        """A quota as One API writes it into its logs."""
        if self.display_in_currency_enabled:
            return f"＄{quota / self.quota_per_unit:.6f} 额度"
        return f"{quota} 点额度"


FIELDS: Mapping[str, dataclasses.Field[Any]] = {field.metadata["key"]: field for field in dataclasses.fields(Options)}
DEFAULTS = Options()


class OptionStore:
    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def current(self) -> Options:
        """The options with the stored values over the defaults; a stored value that makes no sense is left out."""
        values: dict[str, Any] = {}
        for row in self._database.rows(Rows.select()):
            field = FIELDS.get(row["key"])
            if field is None:
                continue
            try:
                text = self._vault.open(row["value"], PURPOSE) if row["encrypted"] else row["value"]
                values[field.name] = parse(row["key"], text)
            except (Invalid, VaultError):
                continue  # written by another program: One API's own default is the better guess
        return Options(**values)

    def listed(self) -> dict[str, str]:
        """All options as texts, by key, without the secret ones."""
        now = self.current()
        return {key: as_text(getattr(now, field.name)) for key, field in FIELDS.items() if not secret(key)}

    def secrets_set(self) -> frozenset[str]:
        """Which of the secret options have a value; the values themselves stay here."""
        now = self.current()
        return frozenset(key for key, field in FIELDS.items() if secret(key) and getattr(now, field.name))

    def set(self, key: str, value: str) -> None:
        """Set one option. Raises Invalid."""
        self.set_all({key: value})

    def set_all(self, values: Mapping[str, str]) -> None:
        """Set several options, all or none. Raises Invalid, whose `field` is the key."""
        parsed = {key: parse(key, value) for key, value in values.items()}
        rows = [self._row(key, as_text(value)) for key, value in parsed.items()]

        def work() -> None:
            after = dataclasses.replace(self.current(), **{FIELDS[key].name: value for key, value in parsed.items()})
            _check_needs(parsed, after)
            self._database.run(Rows.delete().where(Rows.key.in_(list(parsed))))
            self._database.insert_all(Rows, rows)

        self._database.write(work)

    def _row(self, key: str, text: str) -> dict[str, Any]:
        if secret(key):
            return {"key": key, "value": self._vault.seal(text, PURPOSE), "encrypted": 1}
        return {"key": key, "value": text, "encrypted": 0}


def secret(key: str) -> bool:
    """Is this one of the options that are never shown?"""
    return SECRET.search(key) is not None


def as_text(value: Any) -> str:
    """A value as One API lists it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False, indent=2)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def parse(key: str, text: Any) -> Any:
    """The typed value of an option's text. Raises Invalid for an unknown key and for what does not parse."""
    if key not in FIELDS:
        raise Invalid(f"无效的参数：未知的设置项 {key}", key)
    if not isinstance(text, str):
        text = as_text(text)
    default = getattr(DEFAULTS, FIELDS[key].name)
    if isinstance(default, bool):
        return _truth(key, text)
    if isinstance(default, int | float):
        return _number(key, text, whole=isinstance(default, int))
    if isinstance(default, Mapping):
        return _ratio_map(key, text)
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise Invalid(f"无效的参数：{key} 过长或含有不允许的字符", key)
    return text.rstrip("/") if key == "ServerAddress" else text


def _truth(key: str, text: str) -> bool:
    if text not in ("true", "false"):
        raise Invalid(f"无效的参数：{key} 应为 true 或 false", key)
    return text == "true"


def _number(key: str, text: str, whole: bool) -> float:
    try:
        value = int(text) if whole else float(text)
    except ValueError:
        raise Invalid(f"无效的参数：{key} 应为{'整数' if whole else '数字'}", key) from None
    if not math.isfinite(value) or value < 0 or value >= 2**63 or (key == "QuotaPerUnit" and value == 0):
        raise Invalid(f"无效的参数：{key} 超出范围", key)
    return value


def _ratio_map(key: str, text: str) -> dict[str, float]:
    try:
        found = json.loads(text) if text.strip() else {}
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return dict(Tables.from_options(found, {}, {}).model_ratio)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{RATIO_MESSAGES[key]}（{error}）", key) from None


def _check_needs(changed: Mapping[str, Any], after: Options) -> None:
    for key, (needed, message) in NEEDS.items():
        if changed.get(key) is True and not getattr(after, FIELDS[needed].name):
            raise Invalid(message, key)
