"""Tokens: the `sk-` keys that we issue, seen by their owners. Keys are stored sealed and found by keyed hash.

Must not know HTTP, nor how much is in flight: that is the ledger's.
"""

from __future__ import annotations

import secrets
import string
import time
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from peewee import fn

from rules import fields
from rules.database import Database
from rules.errors import Invalid
from rules.models import Tokens
from rules.values import Page, TokenRecord, TokenStatus
from rules.vault import Vault

KEY_PURPOSE = "token key"
KEY_LENGTH = 48
KEY_LETTERS = string.ascii_letters + string.digits  # no "-": what follows one in a key is a channel id
LONGEST_NAME_BYTES = 30
NEVER = -1
EXPIRED = "令牌已过期，无法启用，请先修改令牌过期时间，或者设置为永不过期"
EXHAUSTED = "令牌可用额度已用尽，无法启用，请先修改令牌剩余额度，或者设置为无限额度"


def subnets_of(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """The networks of a comma list. Raises ValueError."""
    return tuple(ip_network(part, strict=False) for part in fields.split_list(text))


def _name(value: Any, field: str) -> str:
    clean: str = fields.text(1000)(value, field)
    if len(clean.encode()) > LONGEST_NAME_BYTES:
        raise Invalid("参数错误：令牌名称过长", field)
    return clean


def _subnet(value: Any, field: str) -> str:
    clean: str = fields.comma_list(64, 4000)(value, field)
    for part in fields.split_list(clean):
        try:
            subnets_of(part)
        except ValueError:
            raise Invalid(f"参数错误：无效的网段：{part}", field) from None
    return clean


WRITABLE: Mapping[str, fields.Check] = {
    "name": _name,
    "status": fields.one_of(tuple(TokenStatus)),
    "expired_time": fields.whole(NEVER),
    "remain_quota": fields.whole(),
    "unlimited_quota": fields.flag,
    "models": fields.comma_list(255),
    "subnet": _subnet,
}
DEFAULT_TOKEN = {"name": "default", "unlimited_quota": 1, "remain_quota": -1, "expired_time": NEVER}
ORDERS = {
    "": (Tokens.id.desc(),),
    "remain_quota": (Tokens.unlimited_quota.desc(), Tokens.remain_quota.desc(), Tokens.id.desc()),
    "used_quota": (Tokens.used_quota.desc(), Tokens.id.desc()),
}


def new_key() -> str:
    """A key that nobody can guess, without `sk-`."""
    return "".join(secrets.choice(KEY_LETTERS) for _ in range(KEY_LENGTH))


def insert_token(database: Database, vault: Vault, user_id: int, values: Mapping[str, Any], key: str = "") -> int:
    """Insert one token with clean values, as part of the caller's transaction; its id."""
    key = key or new_key()
    row = {"models": "", "subnet": "", "created_time": int(time.time()), **values}
    sealed = {"key_hash": vault.hash(key), "key_encrypted": vault.seal(key, KEY_PURPOSE)}
    return database.insert(Tokens, {**row, **sealed, "user_id": user_id})


class TokenStore:
    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def page(
        self, user_id: int, p: int = 0, order: str = "", size: int = fields.PAGE_SIZE, keyword: str = ""
    ) -> Page[TokenRecord]:
        """Page `p` (from 0) of an owner's tokens; `order` is "", "remain_quota" or "used_quota"."""
        condition = (Tokens.user_id == user_id) & fields.starts_with(Tokens.name, keyword.strip())
        ordered = Tokens.select().where(condition).order_by(*ORDERS.get(order, ORDERS[""]))
        rows = self._database.rows(ordered.limit(size).offset(max(p, 0) * size))
        total = self._database.value(Tokens.select(fn.COUNT(Tokens.id)).where(condition))
        return Page(tuple(self._record(row) for row in rows), total)

    def search(self, user_id: int, keyword: str) -> tuple[TokenRecord, ...]:
        """All of an owner's tokens whose name starts so."""
        condition = (Tokens.user_id == user_id) & fields.starts_with(Tokens.name, keyword.strip())
        rows = self._database.rows(Tokens.select().where(condition).order_by(Tokens.id.desc()))
        return tuple(self._record(row) for row in rows)

    def get(self, user_id: int, token_id: int) -> TokenRecord | None:
        """A token of this owner; another's is not found."""
        row = self._database.row(Tokens.select().where((Tokens.id == token_id) & (Tokens.user_id == user_id)))
        return self._record(row) if row else None

    def create(self, user_id: int, changes: Mapping[str, Any]) -> TokenRecord:
        """A new token with a new key. Raises Invalid."""
        values = {"expired_time": NEVER} | fields.checked(changes, WRITABLE)
        _check_quota(values)

        def work() -> TokenRecord:
            return self._sure(user_id, insert_token(self._database, self._vault, user_id, values))

        return self._database.write(work)

    def update(self, user_id: int, token_id: int, changes: Mapping[str, Any]) -> TokenRecord:
        """Change the given fields, no others. Used quota stays; status moves only when it is given. Raises Invalid."""
        values = fields.checked(changes, WRITABLE)

        def work() -> TokenRecord:
            before = self._sure(user_id, token_id)
            after = {
                "unlimited_quota": int(before.unlimited_quota),
                "remain_quota": before.remain_quota,
                "expired_time": before.expired_time,
                **values,
            }
            if "remain_quota" not in values and not after["unlimited_quota"] and after["remain_quota"] < 0:
                values["remain_quota"] = after["remain_quota"] = 0  # was unlimited, where -1 is the custom
            _check_quota(after)
            if values.get("status") == TokenStatus.ENABLED and before.status != TokenStatus.ENABLED:
                _check_usable(after)
            if values:
                self._database.run(Tokens.update(**values).where(Tokens.id == token_id))
            return self._sure(user_id, token_id)

        return self._database.write(work)

    def delete(self, user_id: int, token_id: int) -> bool:
        """Delete an owner's token; False if there was none."""
        query = Tokens.delete().where((Tokens.id == token_id) & (Tokens.user_id == user_id))
        return self._database.write(lambda: self._database.run(query)) > 0

    def _sure(self, user_id: int, token_id: int) -> TokenRecord:
        record = self.get(user_id, token_id)
        if record is None:
            raise Invalid("令牌不存在", "id")
        return record

    def _record(self, row: Mapping[str, Any]) -> TokenRecord:
        values = {name: value for name, value in row.items() if name not in ("key_hash", "key_encrypted")}
        values["unlimited_quota"] = bool(values["unlimited_quota"])
        return TokenRecord(**values, key=self._vault.open(row["key_encrypted"], KEY_PURPOSE))


def _check_quota(values: Mapping[str, Any]) -> None:
    if not values.get("unlimited_quota") and values.get("remain_quota", 0) < 0:
        raise Invalid("参数错误：令牌额度不能为负数", "remain_quota")


def _check_usable(values: Mapping[str, Any]) -> None:
    if values["expired_time"] != NEVER and values["expired_time"] <= time.time():
        raise Invalid(EXPIRED, "status")
    if not values["unlimited_quota"] and values["remain_quota"] <= 0:
        raise Invalid(EXHAUSTED, "status")
