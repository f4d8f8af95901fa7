"""The tables, as peewee sees them: columns and nothing else. The tables themselves are made by the migrations.

Column names are One API's where it has the column. Truth values are small integers, so that plain SQL reads the same
on all three databases. No model knows its database: rules/database.py runs the queries.
"""

from __future__ import annotations

from peewee import (
    BigAutoField,
    BigIntegerField,
    CharField,
    CompositeKey,
    DoubleField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)


class Users(Model):
    id = BigAutoField()
    username = CharField(max_length=64, unique=True)
    password = CharField(max_length=255)
    display_name = CharField(max_length=64, default="")
    role = IntegerField(default=1)
    status = IntegerField(default=1)
    email = CharField(max_length=100, default="")
    github_id = CharField(max_length=100, default="")
    wechat_id = CharField(max_length=100, default="")
    lark_id = CharField(max_length=100, default="")
    oidc_id = CharField(max_length=100, default="")
    access_token_hash = CharField(max_length=64, null=True, unique=True)
    quota = BigIntegerField(default=0)
    used_quota = BigIntegerField(default=0)
    request_count = BigIntegerField(default=0)
    group = CharField(max_length=32, default="default")
    aff_code = CharField(max_length=32, null=True, unique=True)
    inviter_id = BigIntegerField(default=0)
    created_time = BigIntegerField(default=0)
    auth_version = IntegerField(default=1)
    must_change_password = SmallIntegerField(default=0)

    class Meta:
        table_name = "users"


class Tokens(Model):
    id = BigAutoField()
    user_id = BigIntegerField(index=True)
    key_hash = CharField(max_length=64, unique=True)
    key_encrypted = TextField()
    status = IntegerField(default=1)
    name = CharField(max_length=100, default="")
    created_time = BigIntegerField(default=0)
    accessed_time = BigIntegerField(default=0)
    expired_time = BigIntegerField(default=-1)
    remain_quota = BigIntegerField(default=0)
    unlimited_quota = SmallIntegerField(default=0)
    used_quota = BigIntegerField(default=0)
    models = TextField(default="")
    subnet = TextField(default="")

    class Meta:
        table_name = "tokens"


class Channels(Model):
    id = BigAutoField()
    type = IntegerField(default=0)
    key_encrypted = TextField()
    status = IntegerField(default=1)
    name = CharField(max_length=255, default="", index=True)
    weight = BigIntegerField(default=0)
    created_time = BigIntegerField(default=0)
    test_time = BigIntegerField(default=0)
    response_time = BigIntegerField(default=0)
    base_url = CharField(max_length=1024, default="")
    other = TextField(default="")
    balance = DoubleField(default=0)
    balance_updated_time = BigIntegerField(default=0)
    balance_currency = CharField(max_length=16, default="USD")
    models = TextField(default="")
    group = CharField(max_length=255, default="default")
    used_quota = BigIntegerField(default=0)
    model_mapping = TextField(default="")
    priority = BigIntegerField(default=0)
    config = TextField(default="")
    config_encrypted = TextField(default="")
    system_prompt = TextField(default="")

    class Meta:
        table_name = "channels"


class Abilities(Model):
    group = CharField(max_length=32)
    model = CharField(max_length=255)
    channel_id = BigIntegerField(index=True)
    enabled = SmallIntegerField(default=1)
    priority = BigIntegerField(default=0)

    class Meta:
        table_name = "abilities"
        primary_key = CompositeKey("group", "model", "channel_id")


class Options(Model):
    key = CharField(max_length=128, primary_key=True)
    value = TextField(default="")
    encrypted = SmallIntegerField(default=0)

    class Meta:
        table_name = "options"


class Logs(Model):
    id = BigAutoField()
    user_id = BigIntegerField()
    created_at = BigIntegerField()
    type = IntegerField()
    content = TextField(default="")
    username = CharField(max_length=64, default="")
    token_name = CharField(max_length=100, default="")
    model_name = CharField(max_length=255, default="")
    quota = BigIntegerField(default=0)
    prompt_tokens = BigIntegerField(default=0)
    completion_tokens = BigIntegerField(default=0)
    channel = BigIntegerField(default=0)
    request_id = CharField(max_length=64, default="")
    elapsed_time = BigIntegerField(default=0)
    first_byte_ms = BigIntegerField(default=-1)
    is_stream = SmallIntegerField(default=0)
    stream_end = CharField(max_length=32, default="")
    status = IntegerField(default=200)
    system_prompt_reset = SmallIntegerField(default=0)
    estimated = SmallIntegerField(default=0)
    uncollected = BigIntegerField(default=0)
    detail = TextField(default="")

    class Meta:
        table_name = "logs"
        indexes = (
            (("user_id", "id"), False),
            (("type", "id"), False),
            (("created_at", "type", "quota"), False),
            (("username", "model_name"), False),
            (("model_name",), False),
            (("token_name",), False),
            (("channel",), False),
            (("request_id",), False),
        )


class Redemptions(Model):
    id = BigAutoField()
    user_id = BigIntegerField(default=0)
    key_hash = CharField(max_length=64, unique=True)
    key_encrypted = TextField()
    status = IntegerField(default=1)
    name = CharField(max_length=64, default="")
    quota = BigIntegerField(default=100)
    created_time = BigIntegerField(default=0)
    redeemed_time = BigIntegerField(default=0)

    class Meta:
        table_name = "redemptions"


class Holds(Model):
    id = CharField(max_length=64, primary_key=True)
    user_id = BigIntegerField()
    token_id = BigIntegerField(index=True)
    quota = BigIntegerField()
    token_limited = SmallIntegerField()
    worker_id = CharField(max_length=64, index=True)
    created_at = BigIntegerField()

    class Meta:
        table_name = "holds"


class Workers(Model):
    id = CharField(max_length=64, primary_key=True)
    seen_at = BigIntegerField()

    class Meta:
        table_name = "workers"


class Tickets(Model):
    id = CharField(max_length=64, primary_key=True)
    purpose = CharField(max_length=64)
    payload = TextField()
    expires_at = DoubleField(index=True)

    class Meta:
        table_name = "tickets"


class Objects(Model):
    object_id = CharField(max_length=255)
    user_id = BigIntegerField()
    channel_id = BigIntegerField()
    created_at = BigIntegerField()

    class Meta:
        table_name = "objects"
        primary_key = CompositeKey("object_id", "user_id")


class VaultChecks(Model):
    id = IntegerField(primary_key=True)
    sealed = TextField()

    class Meta:
        table_name = "vault_checks"


class Revisions(Model):
    id = IntegerField(primary_key=True)
    value = BigIntegerField()

    class Meta:
        table_name = "revision"


class Migrations(Model):
    name = CharField(max_length=128, primary_key=True)
    applied_at = BigIntegerField()

    class Meta:
        table_name = "migrations"


ALL: tuple[type[Model], ...] = (
    Users,
    Tokens,
    Channels,
    Abilities,
    Options,
    Logs,
    Redemptions,
    Holds,
    Workers,
    Tickets,
    Objects,
    VaultChecks,
    Revisions,
    Migrations,
)
