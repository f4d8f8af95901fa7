import random
from collections import Counter

from addon.canon.request import Endpoint
from addon.dialects import DIALECTS
from addon.errors import Refusal
from addon.plan import Candidate, Means, in_order, plan
from rules.snapshot import Snapshot
from rules.values import ChannelStatus, Role
from tests.builders import caller, channel, snapshot, token, user

MEANS = Means(DIALECTS, {})


def planned(
    rules: Snapshot, who: object = None, endpoint: Endpoint = Endpoint.CHAT, model: str = "gpt-4o"
) -> tuple[Candidate, ...] | Refusal:
    return plan(rules, who or caller(), endpoint, model, MEANS, random.Random(1), 1_800_000_000)  # type: ignore[arg-type]


def refusal(rules: Snapshot, who: object = None, endpoint: Endpoint = Endpoint.CHAT, model: str = "gpt-4o") -> Refusal:
    found = planned(rules, who, endpoint, model)
    assert isinstance(found, Refusal)
    return found


def test_plan_without_a_channel() -> None:
    found = refusal(snapshot())
    assert (found.status, found.message) == (503, "当前分组 default 下对于模型 gpt-4o 无可用渠道")


def test_plan_makes_a_target_of_a_channel() -> None:
    one = channel(base_url="", model_mapping={"gpt-4o": "mapped"}, system_prompt="be brief", config={"a": "b"})
    found = planned(snapshot(channels=[one]))
    assert not isinstance(found, Refusal)
    (candidate,) = found
    assert candidate.target.model == "mapped"
    assert candidate.target.base_url == "https://api.openai.com"
    assert (candidate.target.key, candidate.target.system_prompt) == ("sk-fake-upstream", "be brief")
    assert candidate.price.model == "mapped"


def test_plan_tiers_come_in_order_of_priority() -> None:
    tiers = [channel(id=number, priority=number % 3) for number in range(1, 10)]
    found = planned(snapshot(channels=tiers))
    assert not isinstance(found, Refusal)
    assert [candidate.channel.priority for candidate in found] == [2, 2, 2, 1, 1, 1, 0, 0, 0]
    assert len({candidate.channel.id for candidate in found}) == 9


def test_plan_has_no_channel_twice_whatever_the_draw() -> None:
    several = [channel(id=number, priority=number % 2, weight=number % 4) for number in range(1, 9)]
    draws = [[one.id for one in in_order(several, random.Random(seed))] for seed in range(50)]
    assert all(sorted(draw) == list(range(1, 9)) for draw in draws)
    assert len({*map(tuple, draws)}) > 1


def test_in_order_draws_by_weight() -> None:
    rng = random.Random(7)
    heavy, light = channel(id=1, weight=3), channel(id=2, weight=0)
    first = Counter(in_order([heavy, light], rng)[0].id for _ in range(4000))
    assert 0.70 < first[1] / 4000 < 0.80


def test_plan_skips_a_channel_that_lacks_the_endpoint() -> None:
    both = [channel(id=1, type=14, priority=9), channel(id=2, type=1)]
    found = planned(snapshot(channels=both), endpoint=Endpoint.EMBEDDINGS)
    assert not isinstance(found, Refusal)
    assert [candidate.channel.id for candidate in found] == [2]


def test_plan_says_who_does_not_offer_the_endpoint() -> None:
    found = refusal(snapshot(channels=[channel(type=14)]), endpoint=Endpoint.EMBEDDINGS)
    assert (found.status, found.code) == (501, "api_not_implemented")
    assert "Anthropic" in found.message
    assert "embeddings" in found.message


def test_plan_with_an_unknown_type() -> None:
    assert refusal(snapshot(channels=[channel(type=9999)])).status == 501


def test_plan_pinned_ignores_group_and_models() -> None:
    rules = snapshot(channels=[channel(id=5, groups=("vip",), models=("x",)), channel(id=6)])
    found = planned(rules, caller(user=user(role=Role.ADMIN), pinned=5))
    assert not isinstance(found, Refusal)
    assert [candidate.channel.id for candidate in found] == [5]


def test_plan_pinned_to_nothing_or_to_a_disabled_channel() -> None:
    rules = snapshot(channels=[channel(id=5, status=ChannelStatus.DISABLED)])
    assert (refusal(rules, caller(pinned=4)).status, refusal(rules, caller(pinned=5)).message) == (
        400,
        "该渠道已被禁用",
    )


def test_plan_of_a_test_reaches_a_disabled_channel() -> None:
    rules = snapshot(channels=[channel(id=5, status=ChannelStatus.AUTO_DISABLED)])
    assert not isinstance(planned(rules, caller(pinned=5, billed=False)), Refusal)


def test_plan_never_uses_a_channel_whose_key_is_our_own_token() -> None:
    """It would lead back here, whatever its base URL says."""
    back = [channel(id=1, key="sk-own"), channel(id=2, key="own"), channel(id=3, key="sk-own-5")]
    found = refusal(snapshot(channels=back, tokens=[("own", token())]))
    assert (found.status, found.code) == (503, "channel_loop")
    ways = planned(snapshot(channels=[*back, channel(id=4)], tokens=[("own", token())]))
    assert not isinstance(ways, Refusal)
    assert [candidate.channel.id for candidate in ways] == [4]
