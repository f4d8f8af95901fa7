from addon.errors import Refusal


def test_text_is_one_apis_own_unless_english_is_asked_for() -> None:
    refusal = Refusal(401, "无效的令牌", "invalid token")
    assert refusal.text("") == refusal.text("zh-CN") == refusal.text("*") == "无效的令牌"
    assert refusal.text("en-US,en;q=0.9") == "invalid token"


def test_text_without_english_is_the_same_for_everyone() -> None:
    assert Refusal(501, "API not implemented").text("en") == "API not implemented"
