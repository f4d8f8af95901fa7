"""Channels and their abilities: lists, forms, status. Records carry no secrets; must not know HTTP or dialects."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from rules import fields
from rules.database import Database
from rules.errors import Invalid
from rules.models import Abilities, Channels
from rules.patience import TIMEOUTS, Patience
from rules.providers import PROVIDERS
from rules.values import ChannelRecord, ChannelStatus, Page
from rules.vault import Vault

KEY_PURPOSE = "channel key"
CONFIG_PURPOSE = "channel config"
# What of a channel's config is a secret: sealed like the key, and never shown again.
SECRET_CONFIG = ("sk", "vertex_ai_adc")
LONGEST_GROUP = 32
BAD_MAPPING = "模型映射必须是合法的 JSON 格式！"


def _base_url(value: Any, field: str) -> str:
    clean: str = fields.text(1024)(value, field).rstrip("/")
    if clean:
        try:
            parts = urlsplit(clean)
            port = parts.port  # raises where it is no number, or too large a one
        except ValueError:
            raise Invalid("无效的参数：代理地址的主机或端口不合法", field) from None
        if parts.scheme not in ("http", "https", "ws", "wss") or not parts.hostname or port == 0:
            raise Invalid("无效的参数：代理地址应以 http(s):// 或 ws(s):// 开头", field)
    return clean


def _group(value: Any, field: str) -> str:
    clean: str = fields.comma_list(LONGEST_GROUP, 255)(value, field)
    if not clean:
        raise Invalid("无效的参数：请至少选择一个分组", field)
    return clean


WRITABLE: Mapping[str, fields.Check] = {
    "type": fields.one_of(PROVIDERS.keys(), "无效的参数：未知的渠道类型"),
    "key": fields.text(60_000, lines=True),
    "status": fields.one_of(tuple(ChannelStatus)),
    "name": fields.text(255),
    "weight": fields.whole(0, 1_000_000),
    "base_url": _base_url,
    "other": fields.text(4000),
    "models": fields.comma_list(255),
    "group": _group,
    "model_mapping": fields.string_map(BAD_MAPPING),
    "priority": fields.whole(-1_000_000_000, 1_000_000_000),
    "config": fields.string_map("无效的参数：配置必须是合法的 JSON 格式"),
    "system_prompt": fields.text(60_000, lines=True),
}
TEXTS = ("other", "models", "model_mapping", "config", "config_encrypted", "system_prompt")
LISTED = [column for column in Channels._meta.sorted_fields if column.name != "key_encrypted"]


class ChannelStore:
    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def page(self, p: int = 0, size: int = fields.PAGE_SIZE, keyword: str = "") -> Page[ChannelRecord]:
        """Page `p` (from 0), newest first; `keyword` is an id or the beginning of a name."""
        condition = self._matching(keyword)
        query = (
            Channels.select(*LISTED).where(condition).order_by(Channels.id.desc()).limit(size).offset(max(p, 0) * size)
        )
        total = self._database.value(Channels.select(_count()).where(condition))
        return Page(tuple(self._record(row) for row in self._database.rows(query)), total)

    def search(self, keyword: str) -> tuple[ChannelRecord, ...]:
        """All that match, as in One API: an id, or the beginning of a name."""
        query = Channels.select(*LISTED).where(self._matching(keyword)).order_by(Channels.id.desc())
        return tuple(self._record(row) for row in self._database.rows(query))

    def get(self, channel_id: int) -> ChannelRecord | None:
        row = self._database.row(Channels.select(*LISTED).where(Channels.id == channel_id))
        return self._record(row) if row else None

    def create(self, changes: Mapping[str, Any]) -> tuple[int, ...]:
        """One channel for every line of `key`, otherwise alike; their ids. Raises Invalid."""
        values = fields.checked(changes, WRITABLE)
        if "type" not in values:
            raise Invalid("无效的参数：请选择渠道类型", "type")
        keys = [line.strip() for line in values.pop("key", "").split("\n") if line.strip()] or [""]
        for name in TEXTS:
            values.setdefault(name, "")
        values |= self._config(values["config"], {}) | {"created_time": int(time.time())}
        return self._database.write(lambda: tuple(self._insert(values, key) for key in keys))

    def update(self, channel_id: int, changes: Mapping[str, Any]) -> ChannelRecord:
        """Change the given fields, no others; "" and 0 count, but an empty key keeps the old one. Raises Invalid."""
        values = fields.checked(changes, WRITABLE)
        key = values.pop("key", "").strip()
        if key:
            values["key_encrypted"] = self._vault.seal(_one_line(key), KEY_PURPOSE)

        def work() -> ChannelRecord:
            stored = self._database.row(Channels.select(Channels.config_encrypted).where(Channels.id == channel_id))
            if stored is None:
                raise Invalid("渠道不存在", "id")
            if "config" in values:
                values.update(self._config(values["config"], self._secrets(stored["config_encrypted"])))
            if values:
                self._database.run(Channels.update(**values).where(Channels.id == channel_id))
            self._rebuild_abilities(channel_id)
            record = self.get(channel_id)
            assert record is not None
            return record

        return self._database.write(work)

    def delete(self, channel_id: int) -> bool:
        """Delete a channel with its abilities; False if there was none."""
        return self._database.write(lambda: self._delete([channel_id])) > 0

    def delete_disabled(self) -> int:
        """Delete all that are disabled, by hand or by themselves; how many."""
        off = (ChannelStatus.DISABLED, ChannelStatus.AUTO_DISABLED)

        def work() -> int:
            found = self._database.tuples(Channels.select(Channels.id).where(Channels.status.in_(off)))
            return self._delete([row[0] for row in found])

        return self._database.write(work)

    def note_test(self, channel_id: int, at: int, response_time_ms: int) -> None:
        """Keep when it was tested and how long that took (0: it failed). The snapshot does not care."""
        values = {"test_time": at, "response_time": response_time_ms}
        self._database.run(Channels.update(**values).where(Channels.id == channel_id))

    def note_balance(self, channel_id: int, at: int, balance: float, currency: str = "USD") -> None:
        """Keep what the provider said is left, and in what it counts. The snapshot does not care."""
        values = {"balance_updated_time": at, "balance": balance, "balance_currency": currency}
        self._database.run(Channels.update(**values).where(Channels.id == channel_id))

    def models(self) -> tuple[str, ...]:
        """All models that enabled channels offer to some group."""
        query = Abilities.select(Abilities.model).where(Abilities.enabled == 1).distinct()
        return tuple(sorted(row[0] for row in self._database.tuples(query)))

    def counts(self) -> dict[int, int]:
        """How many channels there are in each status."""
        query = Channels.select(Channels.status, _count()).group_by(Channels.status)
        return {int(status): int(count) for status, count in self._database.tuples(query)}

    def names(self, ids: Collection[int]) -> dict[int, str]:
        """The names of those of these channels that are there."""
        if not ids:
            return {}
        query = Channels.select(Channels.id, Channels.name).where(Channels.id.in_(list(ids)))
        return dict(self._database.tuples(query))

    def _matching(self, keyword: str) -> Any:
        keyword = keyword.strip()
        by_name = fields.starts_with(Channels.name, keyword)
        return (Channels.id == int(keyword)) | by_name if keyword.isascii() and keyword.isdigit() else by_name

    def _insert(self, values: Mapping[str, Any], key: str) -> int:
        sealed = self._vault.seal(_one_line(key), KEY_PURPOSE)
        channel_id = self._database.insert(Channels, {**values, "key_encrypted": sealed})
        self._rebuild_abilities(channel_id)
        return channel_id

    def _delete(self, ids: list[int]) -> int:
        self._database.run(Abilities.delete().where(Abilities.channel_id.in_(ids)))
        return self._database.run(Channels.delete().where(Channels.id.in_(ids)))

    def _rebuild_abilities(self, channel_id: int) -> None:
        self._database.run(Abilities.delete().where(Abilities.channel_id == channel_id))
        row = self._database.row(Channels.select().where(Channels.id == channel_id))
        assert row is not None
        shared = {
            "channel_id": channel_id,
            "enabled": int(row["status"] == ChannelStatus.ENABLED),
            "priority": row["priority"],
        }
        pairs = [
            (group, model) for group in fields.split_list(row["group"]) for model in fields.split_list(row["models"])
        ]
        self._database.insert_all(Abilities, [{"group": group, "model": model, **shared} for group, model in pairs])

    def _config(self, config: str, secrets: Mapping[str, str]) -> dict[str, str]:
        """The two columns of a config: what may be shown, and what is sealed. A secret that is not given stays."""
        given = fields.read_map(config)
        try:
            Patience().changed(given.get(TIMEOUTS, ""))
        except ValueError as error:
            raise Invalid(f"无效的参数：超时设置不正确（{error}）", "config") from None
        secret = dict(secrets) | {name: given[name] for name in SECRET_CONFIG if given.get(name)}
        public = {name: value for name, value in given.items() if name not in SECRET_CONFIG}
        return {
            "config": json.dumps(public, ensure_ascii=False) if public else "",
            "config_encrypted": self._vault.seal(json.dumps(secret), CONFIG_PURPOSE) if secret else "",
        }

    def _secrets(self, sealed: str) -> dict[str, str]:
        return fields.read_map(self._vault.open(sealed, CONFIG_PURPOSE)) if sealed else {}

    def _record(self, row: Mapping[str, Any]) -> ChannelRecord:
        values = {name: value for name, value in row.items() if name not in ("config", "config_encrypted")}
        secret = tuple(sorted(self._secrets(row["config_encrypted"])))
        return ChannelRecord(**values, config=fields.read_map(row["config"]), secret_config=secret)


def _one_line(key: str) -> str:
    if "\n" in key or "\r" in key:
        raise Invalid("无效的参数：密钥只能有一行", "key")
    return key


def _count() -> Any:
    from peewee import fn

    return fn.COUNT(Channels.id)
