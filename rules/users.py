"""Users: accounts, passwords, access tokens. Returns records without either; must not know sessions or HTTP."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Mapping
from typing import Any

import peewee
from peewee import fn

from rules import fields, passwords
from rules.database import Database
from rules.errors import Invalid
from rules.log_rows import insert_log
from rules.models import Users
from rules.options import OptionStore
from rules.tokens import DEFAULT_TOKEN, insert_token
from rules.values import LogRow, LogType, Page, Role, UserRecord, UserStatus
from rules.vault import Vault

LONGEST_USERNAME = 12
LONGEST_DISPLAY_NAME = 20
LONGEST_EMAIL = 50
ACCESS_TOKEN_BYTES = 16
TAKEN = "用户名已被占用"
UNKNOWN = "用户不存在"


def _username(value: Any, field: str) -> str:
    clean: str = fields.text(LONGEST_USERNAME)(value, field)
    if not clean or any(letter.isspace() for letter in clean):
        raise Invalid(f"无效的参数：用户名不能为空或含有空格，最长 {LONGEST_USERNAME} 个字符", field)
    return clean


WRITABLE: Mapping[str, fields.Check] = {
    "username": _username,
    "password": passwords.check,
    "display_name": fields.text(LONGEST_DISPLAY_NAME),
    "role": fields.one_of(tuple(Role)),
    "status": fields.one_of((UserStatus.ENABLED, UserStatus.DISABLED)),
    "email": fields.text(LONGEST_EMAIL),
    "group": fields.text(32),
    "quota": fields.whole(0, message="无效的参数：额度不能为负数"),
    "github_id": fields.text(100),
    "wechat_id": fields.text(100),
    "lark_id": fields.text(100),
    "oidc_id": fields.text(100),
}
# A change of one of these ends every session of the user.
ENDS_SESSIONS = {"password", "role", "status"}
LISTED = [column for column in Users._meta.sorted_fields if column.name not in ("password", "access_token_hash")] + [
    Users.access_token_hash.is_null(False).alias("has_access_token")
]
ORDERS = {
    "": (Users.id.desc(),),
    "quota": (Users.quota.desc(), Users.id.desc()),
    "used_quota": (Users.used_quota.desc(), Users.id.desc()),
    "request_count": (Users.request_count.desc(), Users.id.desc()),
}


class UserStore:
    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def page(self, p: int = 0, order: str = "", size: int = fields.PAGE_SIZE) -> Page[UserRecord]:
        """Page `p` (from 0) of all but deleted users; `order` is "", "quota", "used_quota" or "request_count"."""
        condition = Users.status != UserStatus.DELETED
        ordered = Users.select(*LISTED).where(condition).order_by(*ORDERS.get(order, ORDERS[""]))
        rows = self._database.rows(ordered.limit(size).offset(max(p, 0) * size))
        total = self._database.value(Users.select(fn.COUNT(Users.id)).where(condition))
        return Page(tuple(_record(row) for row in rows), total)

    def search(self, keyword: str) -> tuple[UserRecord, ...]:
        """All but deleted users with this id, or whose user name, e-mail or display name starts so."""
        keyword = keyword.strip()
        found = (
            fields.starts_with(Users.username, keyword)
            | fields.starts_with(Users.email, keyword)
            | fields.starts_with(Users.display_name, keyword)
        )
        if keyword.isascii() and keyword.isdigit():
            found = found | (Users.id == int(keyword))
        query = Users.select(*LISTED).where((Users.status != UserStatus.DELETED) & found).order_by(Users.id.desc())
        return tuple(_record(row) for row in self._database.rows(query))

    def get(self, user_id: int) -> UserRecord | None:
        return self._one(Users.id == user_id)

    def find(self, username: str) -> UserRecord | None:
        return self._one(Users.username == username)

    def create(self, changes: Mapping[str, Any]) -> UserRecord:
        """A new user with the `default` token. Needs username and password. Raises Invalid."""
        given = {"display_name": changes.get("username", ""), **changes}
        values = fields.checked(given, {**WRITABLE, "display_name": fields.text(64)})
        for needed in ("username", "password"):
            if needed not in values:
                raise Invalid("无效的参数", needed)
        values["password"] = passwords.hash_of(values["password"])
        values |= {"created_time": int(time.time()), "aff_code": secrets.token_hex(4)}

        def work() -> UserRecord:
            user_id = self._insert(values)
            insert_token(self._database, self._vault, user_id, DEFAULT_TOKEN)
            return self._sure(user_id)

        return self._database.write(work)

    def update(self, user_id: int, changes: Mapping[str, Any]) -> UserRecord:
        """Change the given fields, no others; 0 and "" count. A new password ends all sessions.

        A changed quota is logged. Raises Invalid. Who may change whom is the caller's question.
        """
        values = fields.checked(changes, WRITABLE)
        if "password" in values:
            values["password"] = passwords.hash_of(values["password"])
            values["must_change_password"] = 0
        if values.keys() & ENDS_SESSIONS:
            values["auth_version"] = Users.auth_version + 1

        def work() -> UserRecord:
            before = self._sure(user_id)
            if values.get("username", before.username) != before.username:
                self._check_free(values["username"])
            if values:
                self._database.run(Users.update(**values).where(Users.id == user_id))
            if values.get("quota", before.quota) != before.quota:
                self._log_quota(before, values["quota"])
            return self._sure(user_id)

        return self._database.write(work)

    def delete(self, user_id: int) -> bool:
        """Take a user out for good: the name becomes free, sessions, access token and tokens fail. The rows stay."""
        gone = {
            "status": UserStatus.DELETED,
            "username": f"deleted_{uuid.uuid4().hex}",
            "auth_version": Users.auth_version + 1,
            "access_token_hash": None,
            "aff_code": None,
        }
        query = Users.update(**gone).where((Users.id == user_id) & (Users.status != UserStatus.DELETED))
        return self._database.write(lambda: self._database.run(query)) > 0

    def authenticate(self, name: str, password: str) -> UserRecord | None:
        """The enabled user with this name (or else this e-mail) and password, or None. Takes as long either way."""
        columns = (Users.id, Users.password, Users.status)
        row = self._database.row(Users.select(*columns).where(Users.username == name))
        if row is None and name:
            row = self._database.row(Users.select(*columns).where(Users.email == name))
        stored = row["password"] if row else passwords.nobodys()
        right = passwords.verify(stored, password)
        if row is None or not right or row["status"] != UserStatus.ENABLED:
            return None
        if passwords.outdated(stored):
            renewed = Users.update(password=passwords.hash_of(password))
            self._database.run(renewed.where((Users.id == row["id"]) & (Users.password == stored)))
        return self.get(row["id"])

    def has_password(self, user_id: int, password: str) -> bool:
        """Is this the user's password?"""
        stored = self._database.value(Users.select(Users.password).where(Users.id == user_id))
        return stored is not None and passwords.verify(stored, password)

    def new_access_token(self, user_id: int) -> str:
        """A new access token for the management API, 32 hex digits, shown this once; the former one is void."""
        token = secrets.token_hex(ACCESS_TOKEN_BYTES)
        query = Users.update(access_token_hash=self._vault.hash(token)).where(Users.id == user_id)
        if not self._database.run(query):
            raise Invalid(UNKNOWN, "id")
        return token

    def by_access_token(self, token: str) -> UserRecord | None:
        """The user with this access token, in whatever status."""
        return self._one(Users.access_token_hash == self._vault.hash(token)) if token else None

    def _insert(self, values: Mapping[str, Any]) -> int:
        self._check_free(values["username"])
        try:
            return self._database.insert(Users, values)
        except peewee.IntegrityError:
            raise Invalid(TAKEN, "username") from None  # somebody was quicker

    def _check_free(self, username: str) -> None:
        if self.find(username) is not None:
            raise Invalid(TAKEN, "username")

    def _one(self, condition: Any) -> UserRecord | None:
        row = self._database.row(Users.select(*LISTED).where(condition))
        return _record(row) if row else None

    def _sure(self, user_id: int) -> UserRecord:
        record = self.get(user_id)
        if record is None or record.status == UserStatus.DELETED:
            raise Invalid(UNKNOWN, "id")
        return record

    def _log_quota(self, before: UserRecord, quota: int) -> None:
        text = OptionStore(self._database, self._vault).current().quota_text
        content = f"管理员将用户额度从 {text(before.quota)}修改为 {text(quota)}"
        row = LogRow(before.id, int(time.time()), LogType.MANAGE, content, username=before.username)
        insert_log(self._database, row)


def _record(row: Mapping[str, Any]) -> UserRecord:
    values = {**row, "aff_code": row["aff_code"] or ""}
    values |= {name: bool(row[name]) for name in ("must_change_password", "has_access_token")}
    return UserRecord(**values)
