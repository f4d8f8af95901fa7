"""Secrets at rest: sealing, keyed hashes, signatures, all from one key. Knows no table but its own check row.

The key is a text from the environment, or a file made at the first start that only its owner may read. Each use has a
key of its own (HKDF), so that none tells anything about another.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path

import peewee
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from rules.database import Database
from rules.errors import VaultError
from rules.models import VaultChecks

KEY_FILE = "vault.key"
KEY_BYTES = 32
SHORTEST_KEY = 16
NONCE_BYTES = 12
SEALED_PREFIX = "v1:"
CHECK_TEXT = "one-api vault"
CHECK_ID = 1


class Vault:
    """Seals and opens texts, hashes token keys, signs tickets."""

    def __init__(self, key: bytes) -> None:
        self._sealing = AESGCM(_derived(key, "sealing"))
        self._hashing = _derived(key, "token hashes")
        self._signing = _derived(key, "ticket signatures")
        self.session_secret = _derived(key, "sessions")

    def seal(self, text: str, purpose: str) -> str:
        """`text` encrypted; it opens under the same `purpose` only, so that no sealed text can stand in for another."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._sealing.encrypt(nonce, text.encode(), purpose.encode())
        return SEALED_PREFIX + base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, purpose: str) -> str:
        """The text that was sealed. Raises VaultError when it was sealed with another key, or changed."""
        try:
            raw = base64.b64decode(sealed.removeprefix(SEALED_PREFIX))
            return self._sealing.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise VaultError(f"a secret in the database ({purpose}) cannot be read with this key") from error

    def hash(self, secret: str) -> str:
        """The keyed hash by which a token key or an access token is looked up (64 hex digits)."""
        return hmac.new(self._hashing, secret.encode(), hashlib.sha256).hexdigest()

    def sign(self, text: str) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._signing, text.encode(), "sha256")).decode().rstrip("=")

    def signed(self, text: str, signature: str) -> bool:
        return hmac.compare_digest(self.sign(text).encode(), signature.encode())


def open_vault(database: Database, data_dir: Path, key: str = "") -> Vault:
    """The vault of a migrated database. `key` is the text from the environment; without it the key file is used.

    Raises VaultError when the database was sealed with another key, or the key is too short.
    """
    vault = Vault(_given(key) if key else _from_file(database, data_dir / KEY_FILE))
    _check(database, vault, "the environment" if key else str(data_dir / KEY_FILE))
    return vault


def _given(key: str) -> bytes:
    if len(key) < SHORTEST_KEY:
        raise VaultError(f"the vault key from the environment is too short: {SHORTEST_KEY} characters at least")
    return key.encode()


def _from_file(database: Database, path: Path) -> bytes:
    if not path.exists():
        if database.value(VaultChecks.select(VaultChecks.id)) is not None:
            raise VaultError(
                f"the secrets in the database were sealed with a key that is not here: {path} is missing. Put the file "
                "back (from the machine that used this database first), or give the key that was in the environment"
            )
        _make(path)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        path.chmod(0o600)
    key = path.read_bytes().strip()
    if len(key) < SHORTEST_KEY:
        raise VaultError(f"{path} holds no key (or half of one): put back the file from a backup")
    return key


def _make(path: Path) -> None:
    """Write a new key, whole or not at all; when two processes start together, the first one's key holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.urlsafe_b64encode(os.urandom(KEY_BYTES)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _check(database: Database, vault: Vault, source: str) -> None:
    """The first vault leaves a sealed word in the database, and every later one must be able to read it."""
    query = VaultChecks.select(VaultChecks.sealed).where(VaultChecks.id == CHECK_ID)
    sealed = database.value(query)
    if sealed is None:
        with contextlib.suppress(peewee.IntegrityError):
            database.insert(VaultChecks, {"id": CHECK_ID, "sealed": vault.seal(CHECK_TEXT, "check")})
        sealed = database.value(query)
    try:
        vault.open(sealed, "check")
    except VaultError:
        raise VaultError(
            f"the secrets in the database were sealed with another key than the one in {source}. "
            "Give all processes that share this database the same key (the environment's, or a copy of vault.key)"
        ) from None


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=b"one-api", info=purpose.encode()).derive(key)
