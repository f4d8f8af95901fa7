from __future__ import annotations

import re
import time

import pytest

from rules.values import ChannelStatus
from tests.admin.conftest import Make
from tests.admin.world import Browser, World

FORM = {
    "name": "Claude",
    "key": "sk-fake-upstream",
    "models": "a, b\nc",
    "group": "default",
    "priority": "1",
    "weight": "2",
}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def browser(world: World) -> Browser:
    return world.browser("root")


def test_an_empty_list_says_what_to_do_first(browser: Browser) -> None:
    page = browser.text("/channels")
    assert 'href="/channels/new"' in page and "/setup/demo" in page


def test_the_list_shows_no_key(world: World, browser: Browser) -> None:
    world.channel(name="Claude", key="sk-fake-very-secret")
    for path in ("/channels", "/channels/1"):
        assert "very-secret" not in browser.text(path)


def test_the_form_begins_with_what_is_known_of_the_provider(browser: Browser) -> None:
    page = browser.text("/channels/new?type=34")
    assert 'value="https://api.coze.com"' in page
    assert "pat_…" in page and "https://www.coze.com/open/oauth/pats" in page
    assert "user_id" in page


def test_create(world: World, browser: Browser) -> None:
    reply = browser.post("/channels/new?type=14", data=FORM)
    assert (reply.status_code, reply.headers["Location"]) == (303, "/channels")
    (channel,) = world.stores.channels.search("")
    assert (channel.type, channel.models, channel.priority, channel.weight) == (14, "a,b,c", 1, 2)


def test_the_providers_own_address_is_not_stored(world: World, browser: Browser) -> None:
    browser.post("/channels/new?type=14", data=FORM | {"base_url": "https://api.anthropic.com/"})
    assert world.stores.channels.search("")[0].base_url == ""


def test_without_a_name_the_provider_gives_one(world: World, browser: Browser) -> None:
    browser.post("/channels/new?type=34", data=FORM | {"name": "", "config.user_id": "me"})
    channel = world.stores.channels.search("")[0]
    assert (channel.name, channel.config) == ("Coze", {"user_id": "me"})


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        (14, {"key": ""}, "key"),
        (14, {"models": " "}, "models"),
        (50, {"base_url": ""}, "base_url"),
        (50, {"base_url": "nonsense"}, "base_url"),
        (14, {"model_mapping": "{"}, "model_mapping"),
        (14, {"priority": "first"}, "priority"),
    ],
)
def test_a_problem_is_shown_at_its_field_and_nothing_is_lost(
    world: World, browser: Browser, kind: int, changes: dict[str, str], field: str
) -> None:
    reply = browser.post(f"/channels/new?type={kind}", data=FORM | changes)
    page = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert f'id="{field}-problem"' in page
    assert 'value="Claude"' in page
    assert world.stores.channels.page().total == 0


def test_an_unknown_provider_is_404(browser: Browser) -> None:
    assert browser.post("/channels/new?type=999", data=FORM).status_code == 404


def test_a_provider_that_has_to_wait_says_so(make: Make) -> None:
    browser = make(dialects=frozenset({"openai"})).browser("root")
    browser.post("/channels/new?type=18", data=FORM)
    assert "spark" in browser.text("/channels")


def test_edit_keeps_the_key_and_the_rest(world: World, browser: Browser) -> None:
    channel_id = world.channel(name="old", config={"region": "r", "sk": "a fake secret"}, type=33)
    page = browser.text(f"/channels/{channel_id}")
    assert "a fake secret" not in page and 'value="r"' in page
    data = {"type": "33", "name": "new", "key": "", "models": "x", "group": "default", "config.region": "r2"}
    assert browser.post(f"/channels/{channel_id}", data=data).status_code == 303
    channel = world.stores.channels.get(channel_id)
    assert channel is not None
    assert (channel.name, channel.config, channel.secret_config) == ("new", {"region": "r2"}, ("sk",))


def test_edit_keeps_what_has_no_field_of_its_own(world: World, browser: Browser) -> None:
    channel_id = world.channel(name="old", config={"region": "r", "timeouts": "idle=9"}, type=33)
    page = browser.text(f"/channels/{channel_id}")
    assert '<input type="hidden" name="config.timeouts" value="idle=9">' in page
    data = {"type": "33", "name": "new", "key": "", "models": "x", "group": "default", "config.timeouts": "idle=9"}
    assert browser.post(f"/channels/{channel_id}", data=data).status_code == 303
    channel = world.stores.channels.get(channel_id)
    assert channel is not None
    assert (channel.name, channel.config) == ("new", {"timeouts": "idle=9"})


def test_edit_shows_a_problem_at_its_field(world: World, browser: Browser) -> None:
    channel_id = world.channel(name="old")
    data = {"type": "1", "name": "new name", "models": "x", "group": "", "model_mapping": "["}
    reply = browser.post(f"/channels/{channel_id}", data=data)
    assert reply.status_code == 422
    assert 'value="new name"' in reply.get_data(as_text=True)
    stored = world.stores.channels.get(channel_id)
    assert stored is not None and stored.name == "old"


def test_a_channel_of_an_unknown_type_can_be_looked_at(world: World, browser: Browser) -> None:
    channel_id = world.channel()
    world.database.execute("UPDATE channels SET type = 777")
    assert "777" in browser.text(f"/channels/{channel_id}")


def test_test_without_script_shows_the_list_again(world: World, browser: Browser) -> None:
    channel_id = world.channel(name="Claude")
    assert browser.post(f"/channels/{channel_id}/test").headers["Location"] == "/channels"
    assert "Hello!" in browser.text("/channels")


def test_test_with_htmx_answers_with_the_row(world: World, browser: Browser) -> None:
    world.relay.answer = {"success": False, "message": "no <such> key", "time": 0.1, "modelName": "gpt-4o"}
    row = browser.post(f"/channels/{world.channel()}/test", headers=HTMX).get_data(as_text=True)
    assert row.strip().startswith('<tbody id="channel-1">')
    assert "no &lt;such&gt; key" in row and 'role="alert"' in row


def test_switch(world: World, browser: Browser) -> None:
    channel_id = world.channel()
    row = browser.post(f"/channels/{channel_id}/switch", data={"status": "2"}, headers=HTMX).get_data(as_text=True)
    assert 'value="1"' in row
    browser.post(f"/channels/{channel_id}/switch", data={"status": "1"})
    stored = world.stores.channels.get(channel_id)
    assert stored is not None and stored.status == ChannelStatus.ENABLED


def test_delete(world: World, browser: Browser) -> None:
    channel_id = world.channel()
    assert browser.post(f"/channels/{channel_id}/delete").status_code == 303
    assert browser.get(f"/channels/{channel_id}").status_code == 404
    assert browser.post(f"/channels/{channel_id}/delete").status_code == 404


def test_search_and_pages(world: World, browser: Browser) -> None:
    for number in range(55):
        world.channel(name=f"channel {number}")
    first = browser.text("/channels")
    assert len(re.findall(r"<tbody id=", first)) == 50 and "p=1" in first
    assert len(re.findall(r"<tbody id=", browser.text("/channels?p=1"))) == 5
    assert len(re.findall(r"<tbody id=", browser.text("/channels?keyword=channel 7"))) == 1
    assert "Nothing found" in browser.text("/channels?keyword=nothing")


TYPED = FORM | {"type": "36", "was": "36", "base_url": "https://api.deepseek.com"}


def test_fetched_models_are_offered_for_a_form_that_is_not_saved(world: World, browser: Browser) -> None:
    page = browser.post("/channels/form", data=TYPED | {"do": "fetch"}).get_data(as_text=True)
    assert 'value="b"' not in page, "it is in the list already"
    assert page.count('type="checkbox" checked disabled') == 2
    assert "Bee" in page and 'value="Claude"' in page
    assert "sk-fake-upstream" in page, "what was typed stays, the key as well"
    (asked,) = world.relay.asked
    assert asked["sent"] == {
        "type": 36,
        "key": "sk-fake-upstream",
        "base_url": "https://api.deepseek.com",
        "config": {},
    }
    assert world.stores.channels.page().total == 0


def test_fetched_models_of_a_saved_channel_go_with_its_own_key(world: World, browser: Browser) -> None:
    channel_id = world.channel(type=33, key="a|b|c", config={"region": "us-east-1", "sk": "a fake secret"})
    data = TYPED | {"type": "33", "was": "33", "key": "", "base_url": "", "config.region": "eu-west-1", "do": "fetch"}
    page = browser.post(f"/channels/form?channel={channel_id}", data=data, headers=HTMX).get_data(as_text=True)
    assert page.strip().startswith('<div id="channel-fields"')
    assert "fake secret" not in page
    assert world.relay.asked[0]["sent"] == {
        "type": 33,
        "key": "",
        "base_url": "",
        "config": {"region": "eu-west-1"},
        "channel_id": channel_id,
    }


def test_ticked_models_are_added_and_saved(world: World, browser: Browser) -> None:
    page = browser.post("/channels/form", data=TYPED | {"do": "ticked", "found": ["x/y", "z"]}).get_data(as_text=True)
    assert "a, b, c, x/y, z" in page
    browser.post("/channels/new?type=36", data=TYPED | {"found": ["x/y"]})
    assert world.stores.channels.search("")[0].models == "a,b,c,x/y"
    assert [asked["path"] for asked in world.relay.asked] == ["/internal/key"]


def test_all_fetched_models_take_the_place_of_the_list(world: World, browser: Browser) -> None:
    page = browser.post("/channels/form", data=TYPED | {"do": "all"}).get_data(as_text=True)
    assert ">\nb, a</textarea>" in page
    world.relay.told["models"] = {"success": False, "message": "no", "kind": "bad_key"}
    page = browser.post("/channels/form", data=TYPED | {"do": "all"}).get_data(as_text=True)
    assert ">\na, b\nc</textarea>" in page, "the list stays when the provider says nothing"
    assert "The provider refuses the key. no" in page


def test_another_provider_asks_for_its_own_and_loses_nothing(world: World, browser: Browser) -> None:
    data = TYPED | {"type": "33", "config.region": "eu-west-1"}
    page = browser.post("/channels/form", data=data).get_data(as_text=True)
    assert "AK|SK|Region" in page and "console.aws.amazon.com" in page
    assert 'name="config.region" type="text" value="eu-west-1"' in page
    assert "sk-fake-upstream" in page and 'value="https://api.deepseek.com"' not in page
    back = browser.post("/channels/form", data=data | {"type": "36", "was": "33", "base_url": ""})
    assert '<input type="hidden" name="config.region" value="eu-west-1">' in back.get_data(as_text=True)


def test_a_form_of_nothing_is_404(world: World, browser: Browser) -> None:
    assert browser.post("/channels/form", data=TYPED | {"type": "999"}).status_code == 404
    assert browser.post("/channels/form?channel=99", data=TYPED).status_code == 404


def test_the_key_that_looks_wrong_is_saved_with_a_warning(world: World, browser: Browser) -> None:
    world.relay.told["key"] = {"success": False, "message": "A DeepL key is a UUID"}
    browser.post("/channels/new?type=38", data=FORM)
    page = browser.text("/channels")
    assert "the key looks wrong: A DeepL key is a UUID" in page
    assert world.stores.channels.page().total == 1
    browser.post("/channels/1", data=FORM | {"type": "38"})
    assert "A DeepL key is a UUID" in browser.text("/channels")


def test_the_balance_is_shown_in_its_currency_and_asked_anew(world: World, browser: Browser) -> None:
    channel_id = world.channel(type=36)
    assert "balance not asked" in browser.text("/channels")
    row = browser.post(f"/channels/{channel_id}/balance", headers=HTMX).get_data(as_text=True)
    assert "¥12.50 left" in row and row.strip().startswith("<tbody")
    assert "¥12.50 left" in browser.text("/channels")


def test_a_balance_that_is_not_told_says_why(world: World, browser: Browser) -> None:
    channel_id = world.channel(type=36)
    world.relay.told["balance"] = {"success": False, "message": "wrong <key>", "kind": "bad_key"}
    row = browser.post(f"/channels/{channel_id}/balance", headers=HTMX).get_data(as_text=True)
    assert "The provider refuses the key. wrong &lt;key&gt;" in row
    assert browser.post(f"/channels/{channel_id}/balance").headers["Location"] == "/channels"
    assert "wrong &lt;key&gt;" in browser.text("/channels")


def test_a_type_that_does_not_tell_offers_no_button(world: World, browser: Browser) -> None:
    world.channel(type=14)
    page = browser.text("/channels")
    assert "/balance" not in page and "balance not asked" not in page


def test_all_balances_are_asked_for(world: World, browser: Browser) -> None:
    channel_id = world.channel(type=36)
    assert 'action="/channels/balances"' in browser.text("/channels")
    assert browser.post("/channels/balances").status_code == 303
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not world.stores.channels.get(channel_id).balance_updated_time:  # type: ignore[union-attr]
        time.sleep(0.05)
    assert time.monotonic() < deadline


def test_a_model_is_tested_by_its_name_from_the_form(world: World, browser: Browser) -> None:
    channel_id = world.channel(models="gpt-4o,dall-e-3")
    assert "<option>dall-e-3</option>" in browser.text(f"/channels/{channel_id}")
    note = browser.post(f"/channels/{channel_id}/test", data={"model": "dall-e-3"}, headers=HTMX)
    assert "Hello!" in note.get_data(as_text=True) and "<tbody" not in note.get_data(as_text=True)
    assert world.relay.asked[0]["sent"]["model"] == "dall-e-3"
    back = browser.post(f"/channels/{channel_id}/test", data={"model": ""})
    assert back.headers["Location"] == f"/channels/{channel_id}"
