import pytest

from addon.admission import (
    Caller,
    Credential,
    authenticate,
    credential_of,
    find_credential,
    permit,
    usable_models,
)
from addon.errors import Refusal
from rules.values import Role, Token, TokenStatus, User, UserStatus
from tests.builders import KEY, caller, channel, snapshot, token, user

NOW = 1_800_000_000.0
KNOWN = Credential(KEY)


@pytest.mark.parametrize(
    ("text", "credential"),
    [
        ("Bearer sk-abc", Credential("abc")),
        ("bearer   sk-abc-12", Credential("abc", "12")),
        ("sk-abc-12-rest", Credential("abc", "12")),
        ("abc", Credential("abc")),
        ("Bearer ", Credential("")),
        ("", Credential("")),
    ],
)
def test_credential_of(text: str, credential: Credential) -> None:
    assert credential_of(text) == credential


def test_find_credential_in_every_place_in_order() -> None:
    headers = {"authorization": "Bearer sk-a", "x-api-key": "sk-b", "api-key": "sk-c"}
    assert find_credential(headers, {"key": "sk-d"}).key == "a"
    assert find_credential({**headers, "authorization": "Bearer "}, {}).key == "b"
    assert find_credential({"api-key": "sk-c"}, {}).key == "c"
    browser = {"sec-websocket-protocol": "realtime, openai-insecure-api-key.sk-e-7"}
    assert find_credential(browser, {"key": "sk-d"}) == Credential("e", "7")
    assert find_credential({**browser, "api-key": "sk-c"}, {}).key == "c"
    assert find_credential({}, {"key": "sk-d"}).key == "d"
    assert find_credential({}, {}) == Credential("")


def refused(
    token: Token, user: User | None, credential: Credential = KNOWN, peer: str = "127.0.0.1"
) -> tuple[int, str, str]:
    rules = snapshot(users=[user] if user else [], tokens=[(KEY, token)])
    found = authenticate(rules, credential, peer, NOW)
    assert isinstance(found, Refusal), found
    return found.status, found.message, found.english


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": TokenStatus.EXHAUSTED}, "令牌 laptop（#7）额度已用尽"),
        ({"status": TokenStatus.EXPIRED}, "该令牌已过期"),
        ({"status": TokenStatus.DISABLED}, "该令牌状态不可用"),
        ({"expired_time": int(NOW) - 1}, "该令牌已过期"),
    ],
)
def test_authenticate_token_in_a_bad_state(changes: dict[str, int], message: str) -> None:
    status, text, english = refused(token(**changes), user())
    assert (status, text) == (401, message)
    assert english.isascii()


def test_authenticate_without_or_with_an_unknown_key() -> None:
    assert refused(token(), user(), Credential(""))[:2] == (401, "未提供令牌")
    assert refused(token(), user(), Credential("other"))[:2] == (401, "无效的令牌")


def test_authenticate_outside_the_subnet() -> None:
    status, message, _ = refused(token("10.0.0.0/8"), user(), peer="192.0.2.1")
    assert (status, message) == (403, "该令牌只能在指定网段使用：10.0.0.0/8，当前 ip：192.0.2.1")


@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"])
def test_authenticate_inside_the_subnet(peer: str) -> None:
    rules = snapshot(users=[user()], tokens=[(KEY, token("10.0.0.0/8,2001:db8::/32"))])
    assert isinstance(authenticate(rules, KNOWN, peer, NOW), Caller)


@pytest.mark.parametrize("owner", [None, user(status=UserStatus.DISABLED), user(status=UserStatus.DELETED)])
def test_authenticate_with_an_owner_who_may_not(owner: User | None) -> None:
    assert refused(token(), owner)[:2] == (403, "用户已被封禁")


def test_authenticate_pins_a_channel_for_admins_only() -> None:
    assert refused(token(), user(), Credential(KEY, "3"))[:2] == (403, "普通用户不支持指定渠道")
    rules = snapshot(users=[user(role=Role.ADMIN)], tokens=[(KEY, token())])
    found = authenticate(rules, Credential(KEY, "3"), "127.0.0.1", NOW)
    assert isinstance(found, Caller)
    assert found.pinned == 3
    assert refused(token(), user(role=Role.ROOT), Credential(KEY, "x"))[:2] == (400, "无效的渠道 Id")
    assert refused(token(), user(role=Role.ROOT), Credential(KEY, "٣"))[:2] == (400, "无效的渠道 Id")


def test_permit_by_the_tokens_models() -> None:
    assert permit(caller(), "anything") is None
    limited = caller(token=token(models=frozenset({"gpt-4o"})))
    assert permit(limited, "gpt-4o") is None
    refusal = permit(limited, "gpt-4")
    assert refusal is not None
    assert (refusal.status, refusal.message) == (403, "该令牌无权使用模型：gpt-4")


def test_usable_models_are_the_tokens_or_the_groups() -> None:
    rules = snapshot(channels=[channel(models=("b", "a"))])
    assert usable_models(rules, caller()) == ("a", "b")
    assert usable_models(rules, caller(token=token(models=frozenset({"z", "y"})))) == ("y", "z")
