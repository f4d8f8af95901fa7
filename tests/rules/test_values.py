from __future__ import annotations

from rules.values import Channel, TokenRecord


def test_secrets_do_not_show_when_a_value_is_printed() -> None:
    channel = Channel(1, 1, "c", "sk-fake-upstream", 1, "", (), (), {}, 0, 0, {"sk": "fake-secret"}, "")
    token = TokenRecord(1, 1, "fake-token-key", 1, "t", 0, 0, -1, 0, True, 0, "", "")
    assert "fake" not in repr(channel) + repr(token)
