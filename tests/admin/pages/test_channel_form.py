from __future__ import annotations

from collections.abc import Iterator

import pytest

from admin.forms import Form
from admin.pages import channel_form
from rules.providers import PROVIDERS, Provider
from tests.admin.world import World


@pytest.fixture(autouse=True)
def context(world: World) -> Iterator[None]:
    with world.app.test_request_context("/", headers={"Accept-Language": "en"}):
        yield


def provider(name: str) -> Provider:
    return next(row for row in PROVIDERS.values() if row.name == name)


def typed(name: str, **fields: object) -> Form:
    row = provider(name)
    return Form({"key": "sk-fake", "base_url": row.base_url, "models": "m", "type": row.id, **fields})


@pytest.mark.parametrize(("name", "empty"), [("openai", False), ("azure", False), ("custom", True), ("coze", True)])
def test_a_new_form_begins_with_what_is_known(name: str, empty: bool) -> None:
    assert (channel_form.blank(provider(name)).text("models") == "") is empty


@pytest.mark.parametrize(
    ("typed_url", "models", "url_after", "models_after"),
    [
        (
            "https://api.deepseek.com",
            ", ".join(PROVIDERS[36].models),
            "https://api.x.ai",
            ", ".join(PROVIDERS[45].models),
        ),
        ("https://api.deepseek.com/", "mine", "https://api.x.ai", "mine"),
        ("http://mirror.example", "", "http://mirror.example", ", ".join(PROVIDERS[45].models)),
    ],
)
def test_defaults_change_with_the_provider_and_input_stays(
    typed_url: str, models: str, url_after: str, models_after: str
) -> None:
    form = typed("deepseek", base_url=typed_url, models=models)
    channel_form.switch(form, provider("deepseek"), provider("xai"))
    assert (form.text("base_url"), form.text("models"), form.text("key")) == (url_after, models_after, "sk-fake")
    assert form.values["type"] == 45


def test_a_list_that_was_emptied_stays_empty() -> None:
    form = typed("deepseek", models="")
    channel_form.switch(form, provider("deepseek"), provider("deepseek"))
    assert form.text("models") == ""


def test_a_form_of_no_known_provider_keeps_everything() -> None:
    form = typed("deepseek")
    channel_form.switch(form, None, provider("xai"))
    assert form.text("base_url") == "https://api.deepseek.com"


def test_a_provider_without_a_list_offers_what_is_known(world: World) -> None:
    offer = channel_form.offer(typed("xunfei"), provider("xunfei"), None)
    assert offer is not None and "no list" in offer.note
    assert [model.id for model in offer.models] == list(provider("xunfei").models)
    assert world.relay.asked == []


@pytest.mark.parametrize(
    ("name", "fields", "problem"),
    [
        ("openai", {"key": ""}, "key"),
        ("openai", {"base_url": "nonsense"}, "base_url"),
        ("custom", {"base_url": ""}, "base_url"),
    ],
)
def test_what_is_missing_is_said_before_anybody_is_asked(
    world: World, name: str, fields: dict[str, object], problem: str
) -> None:
    form = typed(name, **fields)
    assert channel_form.offer(form, provider(name), None) is None
    assert set(form.problems) == {problem}
    assert world.relay.asked == []


def test_ollama_needs_no_key() -> None:
    offer = channel_form.offer(typed("ollama", key=""), provider("ollama"), None)
    assert offer is not None and len(offer.models) == 2


def test_names_that_the_provider_does_not_list_are_pointed_out() -> None:
    form = typed("openai", models="a, mine, gone", model_mapping='{"mine": "b"}')
    offer = channel_form.offer(form, provider("openai"), None)
    assert offer is not None
    assert (offer.strange, offer.had) == (("gone",), frozenset({"a", "mine", "gone"}))


@pytest.mark.parametrize(
    ("pasted", "key"),
    [
        (
            '{\r\n  "type": "service_account",\r\n  "private_key": "a\\nb"\r\n}',
            '{"type": "service_account", "private_key": "a\\nb"}',
        ),
        ('us-east1|p|{\n"a": 1}', 'us-east1|p|{"a": 1}'),
        ("sk-one\r\nsk-two", "sk-one\nsk-two"),
        ("{not json\n}", "{not json\n}"),
    ],
)
def test_a_document_is_one_key(pasted: str, key: str) -> None:
    assert channel_form.typed_key(typed("vertexai", key=pasted)) == key


@pytest.mark.parametrize("mapping", ["{", "[]", ""])
def test_a_mapping_in_the_making_does_no_harm(mapping: str) -> None:
    assert channel_form.mapped(typed("openai", model_mapping=mapping), "a") == "a"


def test_the_first_of_several_keys_asks() -> None:
    draft = channel_form.draft(typed("openai", key="\n sk-one \nsk-two"), provider("openai"), "http://x", None)
    assert draft == {"type": 1, "key": "sk-one", "base_url": "http://x", "config": {}}
