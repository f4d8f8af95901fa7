"""The pages in a real browser, in front of the real relay: the first run, and what needs a script.

Needs Chromium; without it these tests are skipped, but with CI=true they fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from scripts.fake_provider import FakeProvider
from tests.e2e.clerk import running_clerk
from tests.e2e.server import ROOT_PASSWORD, Gateway, running_oneapi

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
PAGES = (
    "/",
    "/channels",
    "/channels/new",
    "/channels/new?type=34",
    "/channels/1",
    "/tokens",
    "/tokens/new",
    "/logs",
    "/settings",
    "/settings/prices",
    "/account",
    "/connect",
    "/setup/channel",
)
NEW_PASSWORD = "a fake password of mine"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true", reason="no Chromium: apt-get install chromium"
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    assert CHROMIUM, "CI=true, and there is no Chromium"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Opened:
    """A page, and everything that went wrong in it."""

    def __init__(self, chromium: Any, url: str, **options: Any) -> None:
        self.context = chromium.new_context(viewport=DESK, base_url=url, **({"locale": "en-US"} | options))
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("console", self.said)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("requestfailed", self.failed)

    def said(self, message: Any) -> None:
        """Chromium calls the status of a form with a problem an error; a refused script or style is one."""
        if message.type == "error" and "422" not in message.text:
            self.errors.append(message.text)

    def failed(self, request: Any) -> None:
        """What was under way when one went on to another page did not fail."""
        if request.failure != "net::ERR_ABORTED":
            self.errors.append(f"{request.url}: {request.failure}")

    def log_in(self, password: str = ROOT_PASSWORD) -> Any:
        self.page.goto("/login")
        self.page.fill("#username", "root")
        self.page.fill("#password", password)
        self.page.click("main form button")
        return self.page


@pytest.fixture
def opened(chromium: Any, gateway: Gateway) -> Iterator[Opened]:
    """Logged in as root at the shared gateway; no error may turn up."""
    opened = Opened(chromium, gateway.url)
    opened.log_in()
    yield opened
    opened.context.close()
    assert opened.errors == []


def test_a_newcomers_first_ten_minutes(chromium: Any, provider: FakeProvider) -> None:
    with running_oneapi(
        {"INITIAL_ROOT_PASSWORD": "", "INITIAL_ROOT_TOKEN": "", "INITIAL_ROOT_ACCESS_TOKEN": ""}
    ) as fresh:
        opened = Opened(chromium, fresh.url)
        page = opened.log_in("123456")
        page.wait_for_url("**/setup/password")
        page.goto("/channels")
        assert page.url.endswith("/setup/password"), "nothing else opens"
        page.fill("#password", NEW_PASSWORD)
        page.fill("#repeated", NEW_PASSWORD)
        page.click("main form button")
        page.wait_for_url("**/setup/channel")

        page.click("text=OpenAI compatible")
        page.fill("#key", "sk-fake-upstream")
        page.fill("#models", "gpt-4o-mini")
        page.click("text=Save and test")  # the base URL was forgotten
        assert page.input_value("#models").strip() == "gpt-4o-mini", "nothing typed is lost"
        assert page.locator("#base_url-problem").is_visible()
        page.fill("#key", "sk-fake-upstream")
        page.fill("#base_url", f"{provider.url}/v1")
        page.click("text=Save and test")
        page.wait_for_url("**/setup/test/1")
        page.click("main button:has-text('Test')")
        page.wait_for_selector("text=It works")
        page.click("text=Go on")
        page.wait_for_url("**/setup/connect**")

        assert page.locator(".light.on").count() == 0
        fresh.settle()
        command = page.locator("section:has(h2:text-is('curl')) pre").inner_text()
        answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, check=True)
        assert "chat.completion" in answer.stdout
        page.wait_for_selector("section:has(h2:text-is('curl')) .light.on")
        page.click("text=To the dashboard")
        page.wait_for_selector("text=100 %")
        opened.context.close()
        assert opened.errors == []


def test_test_and_switch_change_the_row_without_a_reload(
    opened: Opened, gateway: Gateway, provider: FakeProvider
) -> None:
    channel = gateway.add_channel(name="browser test", base_url=provider.url)
    page = opened.page
    page.goto("/channels")
    page.evaluate("window.stayed = true")
    row = page.locator(f"#channel-{channel}")
    row.locator("button:has-text('Test')").click()
    row.locator(".note:has-text('It answered after')").wait_for()
    row.locator("button:has-text('Switch off')").click()
    row.locator("button:has-text('Switch on')").wait_for()
    assert page.evaluate("window.stayed") is True
    assert gateway.api("GET", f"/channel/{channel}")["status"] == 2
    gateway.api("DELETE", f"/channel/{channel}")


def test_models_are_fetched_and_the_provider_changed_without_losing_input(opened: Opened, gateway: Gateway) -> None:
    with running_clerk() as clerk:
        clerk.begin({"/v1/models": {"data": [{"id": "gpt-4o"}, {"id": "gpt-5-mini"}]}})
        page = opened.page
        page.goto("/channels/new?type=1")
        page.evaluate("window.stayed = true")
        page.fill("#name", "fetched")
        page.fill("#key", "sk-fake-typed")
        page.fill("#base_url", clerk.url)
        page.fill("#models", "gpt-4o")
        page.click("button:has-text('Fetch models')")
        page.check(".offer input[value='gpt-5-mini']")
        page.click("button:has-text('Add what is ticked')")
        page.wait_for_selector(".offer", state="detached")
        assert page.input_value("#models").strip() == "gpt-4o, gpt-5-mini"
        page.select_option("#type", "33")
        page.wait_for_selector("[name='config.region']")
        assert "AK|SK|Region" in page.inner_text("#key-hint")
        assert page.input_value("#key").strip() == "sk-fake-typed"
        assert page.evaluate("window.stayed") is True
        assert clerk.paths == ["/v1/models"]
        assert gateway.api("GET", "/channel/search", keyword="fetched") == []


def test_a_dangerous_button_asks_first(opened: Opened, gateway: Gateway) -> None:
    channel = gateway.add_channel(name="to be deleted")
    page = opened.page
    asked: list[str] = []
    page.on(
        "dialog",
        lambda dialog: (asked.append(dialog.message), dialog.dismiss() if len(asked) == 1 else dialog.accept()),
    )
    page.goto(f"/channels/{channel}")
    page.click("text=Delete >> nth=-1")
    assert page.url.endswith(f"/channels/{channel}"), "dismissed: nothing happens"
    page.click("text=Delete >> nth=-1")
    page.wait_for_url("**/channels")
    assert len(asked) == 2 and "to be deleted" in asked[0]


def test_details_open_below_the_row(opened: Opened, gateway: Gateway) -> None:
    gateway.chat()
    page = opened.page
    page.goto("/logs?type=2")
    page.wait_for_selector("tbody")
    page.click("text=Details >> nth=0")
    page.wait_for_selector(".detail-row .sum")
    assert page.url.endswith("/logs?type=2")


def test_a_filter_changes_the_list_and_the_address(opened: Opened, gateway: Gateway) -> None:
    gateway.chat()
    page = opened.page
    page.goto("/logs")
    page.evaluate("window.stayed = true")
    page.select_option("#type", "4")
    page.wait_for_selector("text=Nothing found")
    assert "type=4" in page.url and page.evaluate("window.stayed") is True


def test_copy_puts_the_key_on_the_clipboard(chromium: Any, gateway: Gateway) -> None:
    key = gateway.add_token(name="to be copied")
    opened = Opened(chromium, gateway.url, permissions=["clipboard-read", "clipboard-write"])
    page = opened.log_in()
    page.goto("/tokens?keyword=to be copied")
    page.locator("[data-copy]").first.click()
    page.wait_for_selector("[data-copied]")
    assert page.evaluate("navigator.clipboard.readText()") == key
    opened.context.close()


def test_theme_and_language_switch_and_stay(opened: Opened) -> None:
    page = opened.page
    page.goto("/account")
    page.click("[data-theme-switch]")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.click("button[name=language]")
    page.wait_for_selector("text=我的账户")
    assert page.url.endswith("/account")


def test_pages_work_without_a_script(chromium: Any, gateway: Gateway, provider: FakeProvider) -> None:
    channel = gateway.add_channel(name="no script", base_url=provider.url)
    opened = Opened(chromium, gateway.url, java_script_enabled=False)
    page = opened.log_in()
    page.goto("/channels")
    page.locator(f"#channel-{channel} button:has-text('Test')").click()
    page.wait_for_selector(".notes .note")
    page.goto("/logs")
    page.click("text=Details >> nth=0")
    page.wait_for_selector("text=What happened")
    assert page.locator("[data-needs-script]:visible").count() == 0
    opened.context.close()
    gateway.api("DELETE", f"/channel/{channel}")


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_no_page_is_wider_than_a_phone(chromium: Any, gateway: Gateway, locale: str) -> None:
    gateway.chat()
    gateway.chat("fake-429")
    opened = Opened(chromium, gateway.url, locale=locale)
    page = opened.log_in()
    page.set_viewport_size(PHONE)
    for path in PAGES:
        page.goto(path)
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, path
    opened.context.close()
    assert opened.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(chromium: Any, gateway: Gateway, scheme: str) -> None:
    """WCAG AA: 4.5 to 1, for every text that is shown."""
    gateway.chat()
    gateway.chat("fake-500")
    opened = Opened(chromium, gateway.url, color_scheme=scheme)
    page = opened.log_in()
    for path in PAGES:
        page.goto(path)
        assert page.evaluate(LOW_CONTRAST) == [], path
    opened.context.close()


def test_the_keyboard_reaches_everything(opened: Opened) -> None:
    page = opened.page
    page.goto("/channels")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim()"))
    assert {"Logs", "Test", "Switch off", "Add a channel"} <= reached


# Every element with text of its own, whose contrast with the nearest painted ground is too low: [text, ratio].
LOW_CONTRAST = """() => {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1); context.fillStyle = color; context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255];
  };
  const opacity = (element) => {
    let all = 1;
    for (let at = element; at; at = at.parentElement) all *= Number(getComputedStyle(at).opacity);
    return all;
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const unseen = element.closest("svg, [hidden], .visually-hidden, .skip, noscript") || !element.checkVisibility();
    if (!own || unseen) continue;
    const under = ground(element), alpha = opacity(element);
    const text = rgba(getComputedStyle(element).color).slice(0, 3).map((c, i) => c * alpha + under[i] * (1 - alpha));
    const [low, high] = [light(text), light(under)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) found.push([element.textContent.trim().slice(0, 40), ratio.toFixed(2)]);
  }
  return found;
}"""
