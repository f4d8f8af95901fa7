"""The tables of the first version. Knows no model: it must go on making the same tables when they have long changed."""

from __future__ import annotations

from rules.migrations.schema import Schema

USERS = """
id {serial}, username VARCHAR(64) NOT NULL, password VARCHAR(255) NOT NULL,
display_name VARCHAR(64) NOT NULL DEFAULT '',
role INTEGER NOT NULL DEFAULT 1, status INTEGER NOT NULL DEFAULT 1, email VARCHAR(100) NOT NULL DEFAULT '',
github_id VARCHAR(100) NOT NULL DEFAULT '', wechat_id VARCHAR(100) NOT NULL DEFAULT '',
lark_id VARCHAR(100) NOT NULL DEFAULT '', oidc_id VARCHAR(100) NOT NULL DEFAULT '', access_token_hash VARCHAR(64) NULL,
quota BIGINT NOT NULL DEFAULT 0 CHECK (quota >= 0), used_quota BIGINT NOT NULL DEFAULT 0,
request_count BIGINT NOT NULL DEFAULT 0, "group" VARCHAR(32) NOT NULL DEFAULT 'default', aff_code VARCHAR(32) NULL,
inviter_id BIGINT NOT NULL DEFAULT 0, created_time BIGINT NOT NULL DEFAULT 0, auth_version INTEGER NOT NULL DEFAULT 1,
must_change_password SMALLINT NOT NULL DEFAULT 0
"""

TOKENS = """
id {serial}, user_id BIGINT NOT NULL, key_hash VARCHAR(64) NOT NULL, key_encrypted {text} NOT NULL,
status INTEGER NOT NULL DEFAULT 1, name VARCHAR(100) NOT NULL DEFAULT '', created_time BIGINT NOT NULL DEFAULT 0,
accessed_time BIGINT NOT NULL DEFAULT 0, expired_time BIGINT NOT NULL DEFAULT -1,
remain_quota BIGINT NOT NULL DEFAULT 0, unlimited_quota SMALLINT NOT NULL DEFAULT 0,
used_quota BIGINT NOT NULL DEFAULT 0, models {text} NOT NULL, subnet {text} NOT NULL,
FOREIGN KEY (user_id) REFERENCES users (id)
"""

CHANNELS = """
id {serial}, type INTEGER NOT NULL DEFAULT 0, key_encrypted {text} NOT NULL, status INTEGER NOT NULL DEFAULT 1,
name VARCHAR(255) NOT NULL DEFAULT '', weight BIGINT NOT NULL DEFAULT 0, created_time BIGINT NOT NULL DEFAULT 0,
test_time BIGINT NOT NULL DEFAULT 0, response_time BIGINT NOT NULL DEFAULT 0,
base_url VARCHAR(1024) NOT NULL DEFAULT '', other {text} NOT NULL, balance {real} NOT NULL DEFAULT 0,
balance_updated_time BIGINT NOT NULL DEFAULT 0, models {text} NOT NULL, "group" VARCHAR(255) NOT NULL DEFAULT 'default',
used_quota BIGINT NOT NULL DEFAULT 0, model_mapping {text} NOT NULL, priority BIGINT NOT NULL DEFAULT 0,
config {text} NOT NULL, config_encrypted {text} NOT NULL, system_prompt {text} NOT NULL
"""

ABILITIES = """
"group" VARCHAR(32) NOT NULL, model VARCHAR(255) NOT NULL, channel_id BIGINT NOT NULL,
enabled SMALLINT NOT NULL DEFAULT 1, priority BIGINT NOT NULL DEFAULT 0,
PRIMARY KEY ("group", model, channel_id), FOREIGN KEY (channel_id) REFERENCES channels (id) ON DELETE CASCADE
"""

LOGS = """
id {serial}, user_id BIGINT NOT NULL, created_at BIGINT NOT NULL, type INTEGER NOT NULL, content {text} NOT NULL,
username VARCHAR(64) NOT NULL DEFAULT '', token_name VARCHAR(100) NOT NULL DEFAULT '',
model_name VARCHAR(255) NOT NULL DEFAULT '', quota BIGINT NOT NULL DEFAULT 0, prompt_tokens BIGINT NOT NULL DEFAULT 0,
completion_tokens BIGINT NOT NULL DEFAULT 0, channel BIGINT NOT NULL DEFAULT 0,
request_id VARCHAR(64) NOT NULL DEFAULT '',
elapsed_time BIGINT NOT NULL DEFAULT 0, first_byte_ms BIGINT NOT NULL DEFAULT -1, is_stream SMALLINT NOT NULL DEFAULT 0,
stream_end VARCHAR(32) NOT NULL DEFAULT '', status INTEGER NOT NULL DEFAULT 200,
system_prompt_reset SMALLINT NOT NULL DEFAULT 0, estimated SMALLINT NOT NULL DEFAULT 0,
uncollected BIGINT NOT NULL DEFAULT 0, detail {text} NOT NULL
"""

REDEMPTIONS = """
id {serial}, user_id BIGINT NOT NULL DEFAULT 0, key_hash VARCHAR(64) NOT NULL, key_encrypted {text} NOT NULL,
status INTEGER NOT NULL DEFAULT 1, name VARCHAR(64) NOT NULL DEFAULT '', quota BIGINT NOT NULL DEFAULT 100,
created_time BIGINT NOT NULL DEFAULT 0, redeemed_time BIGINT NOT NULL DEFAULT 0
"""

HOLDS = """
id VARCHAR(64) PRIMARY KEY, user_id BIGINT NOT NULL, token_id BIGINT NOT NULL, quota BIGINT NOT NULL CHECK (quota >= 0),
token_limited SMALLINT NOT NULL, worker_id VARCHAR(64) NOT NULL, created_at BIGINT NOT NULL
"""

OPTIONS = '"key" VARCHAR(128) PRIMARY KEY, value {text} NOT NULL, encrypted SMALLINT NOT NULL DEFAULT 0'
WORKERS = "id VARCHAR(64) PRIMARY KEY, seen_at BIGINT NOT NULL"
TICKETS = """
id VARCHAR(64) PRIMARY KEY, purpose VARCHAR(64) NOT NULL, payload {text} NOT NULL, expires_at {real} NOT NULL
"""
VAULT_CHECKS = "id INTEGER PRIMARY KEY, sealed {text} NOT NULL"
REVISION = "id INTEGER PRIMARY KEY, value BIGINT NOT NULL"


def up(schema: Schema) -> None:
    schema.table("users", USERS)
    schema.table("tokens", TOKENS)
    schema.table("channels", CHANNELS)
    schema.table("abilities", ABILITIES)
    schema.table("options", OPTIONS)
    schema.table("logs", LOGS)
    schema.table("redemptions", REDEMPTIONS)
    schema.table("holds", HOLDS)
    schema.table("workers", WORKERS)
    schema.table("tickets", TICKETS)
    schema.table("vault_checks", VAULT_CHECKS)
    schema.table("revision", REVISION)
    _indexes(schema)
    schema.run("INSERT INTO revision (id, value) SELECT 1, 1 WHERE NOT EXISTS (SELECT 1 FROM revision)")


def _indexes(schema: Schema) -> None:
    schema.index("users", "username", unique=True)
    schema.index("users", "access_token_hash", unique=True)
    schema.index("users", "aff_code", unique=True)
    schema.index("users", "email")
    schema.index("tokens", "key_hash", unique=True)
    schema.index("tokens", "user_id")
    schema.index("channels", "name")
    schema.index("abilities", "channel_id")
    schema.index("redemptions", "key_hash", unique=True)
    schema.index("holds", "token_id")
    schema.index("holds", "worker_id")
    schema.index("tickets", "expires_at")
    # One API's (A13.2), and what paging through a million rows needs
    schema.index("logs", "user_id", "id")
    schema.index("logs", "type", "id")
    schema.index("logs", "created_at", "type", "quota")
    schema.index("logs", "username", "model_name")
    schema.index("logs", "model_name")
    schema.index("logs", "token_name")
    schema.index("logs", "channel")
    schema.index("logs", "request_id")
