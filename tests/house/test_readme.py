"""The README tells the truth: its tables are those of the code. (Its commands are run by tests/e2e/test_readme.py.)

`python -m tests.house.test_readme` prints the rows as they should be.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable

import pytest

from addon.dialects import DIALECTS
from addon.settings import SETTINGS
from rules.providers import PROVIDERS
from tests.conformance.table import markdown, open_cells
from tests.house.source import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
HOW = {"openai": "a row / 只需一行"}


def part(name: str) -> str:
    """What stands between <!-- name --> and <!-- /name -->."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", README, re.DOTALL)
    assert found, f"README.md has no part {name}"
    return found[1]


def rows(name: str) -> list[str]:
    """The body rows of the table in that part."""
    return [line for line in part(name).splitlines() if line.startswith("| ")][2:]


def first_cells(name: str) -> list[str]:
    return [row.split("|")[1].strip().strip("`") for row in rows(name)]


def provider_rows() -> Iterable[str]:
    """Sorted by One API's channel type."""
    for number, one in PROVIDERS.items():
        how = HOW.get(one.dialect) or ("translated / 转换" if one.dialect in DIALECTS else "not yet / 尚未支持")
        base = f"`{one.base_url}`" if one.base_url else "yours / 自填"
        title = one.title_en if one.title_en == one.title_zh else f"{one.title_en} · {one.title_zh}"
        yield f"| {number} | {title} | {base} | {how} |"


def settings_rows() -> Iterable[str]:
    for one in SETTINGS:
        yield f"| `{one.name}` | {f'`{one.default}`' if one.default else ''} | {one.help} |"


def test_the_provider_table_is_that_of_the_rules() -> None:
    assert rows("providers") == list(provider_rows())


def conformance_lines() -> list[str]:
    """The table, and what is open, if anything."""
    return [*markdown(), *(("", "Not yet:", "", *open_cells()) if open_cells() else ())]


def test_the_conformance_table_is_that_of_the_tests() -> None:
    assert part("conformance").splitlines() == conformance_lines()


def test_the_settings_table_is_that_of_the_code() -> None:
    assert rows("settings") == list(settings_rows())


def test_the_chinese_settings_table_names_the_same_settings() -> None:
    assert first_cells("settings-zh") == [one.name for one in SETTINGS]


def test_the_recipes_are_the_same_in_both_languages() -> None:
    """What is to be typed, in the same order."""
    english, chinese = (re.findall(r"`[^`]+`", part(name)) for name in ("recipes", "recipes-zh"))
    assert english == chinese
    for named in ("ChatGPT Next Web", "ChatGPT Web", "QChatGPT", "FastGPT", "Electron", "Windows", "macOS"):
        assert named in part("recipes") and named in part("recipes-zh")


@pytest.mark.parametrize("name", ["dependencies", "dependencies-zh"])
def test_every_dependency_is_explained(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [re.split(r"[\[<>=;\s]", one)[0] for one in project["dependencies"]]
    assert first_cells(name) == declared


def test_every_script_that_is_named_exists() -> None:
    named = set(re.findall(r"\./scripts/([\w-]+)", README))
    assert named >= {"serve", "test", "check", "bench", "fake-provider"}
    assert [name for name in named if not (ROOT / "scripts" / name).exists()] == []


def test_one_api_is_credited_in_both_languages() -> None:
    assert README.count("github.com/songquanpeng/one-api") >= 2
    assert "生成式人工智能服务管理暂行办法" in README
    assert "Interim Measures for the Management of Generative" in README


if __name__ == "__main__":
    print("\n".join([*settings_rows(), "", *provider_rows(), "", *conformance_lines()]))
