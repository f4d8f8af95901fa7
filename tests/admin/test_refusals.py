"""Every refusal of the stores has its English."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from admin.refusals import in_english

RULES = Path(__file__).resolve().parents[2] / "rules"
STORES = ("channels", "fields", "options", "passwords", "tokens", "users")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Texts that go into log rows, and are no refusals.
NO_REFUSALS = re.compile(r"额度$|^管理员将")


def chinese_texts() -> set[str]:
    """The texts in the stores that are written in Chinese; places are filled in with 7."""
    trees = [ast.parse((RULES / f"{store}.py").read_text(encoding="utf-8")) for store in STORES]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    joined = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    inside = {id(part) for node in joined for part in ast.walk(node)}
    found = {"".join(filled(part) for part in node.values) for node in joined}
    found |= {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside
    }
    return {text for text in found if CHINESE.search(text) and not NO_REFUSALS.search(text)}


def filled(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    chosen = part.value.body if isinstance(part.value, ast.IfExp) else None
    return str(chosen.value) if isinstance(chosen, ast.Constant) else "7"


def test_there_is_something_to_translate() -> None:
    assert len(chinese_texts()) > 20


@pytest.mark.parametrize("text", sorted(chinese_texts()))
def test_a_refusal_has_its_english(text: str) -> None:
    assert not CHINESE.search(in_english(text)), text


def test_places_are_filled_in() -> None:
    assert in_english("参数错误：无效的网段：10.0.0.0/99") == "Not a network: 10.0.0.0/99"
    assert in_english("无效的参数：name 最长 255 个字符") == "name may have 255 characters at most"


def test_what_nobody_knows_stays() -> None:
    assert in_english("something else") == "something else"
