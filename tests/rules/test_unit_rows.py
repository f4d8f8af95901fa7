"""The prices of units: complete, plausible, and found by type before name."""

from __future__ import annotations

import pytest
import yaml

from rules.unit_rows import POINTS, UNIT_PRICES, ClassRow, UnitRow, class_row, unit_row


def test_the_file_has_amounts_and_nothing_else() -> None:
    data = yaml.safe_load(UNIT_PRICES.read_text(encoding="utf-8"))
    for table in (data["any"], *data["types"].values()):
        assert set(table) <= set(POINTS)
        for rows in table.values():
            assert all(isinstance(name, str) and amount >= 0 for name, amount in rows.items())
    for rows in (data["classes"]["any"], *data["classes"]["types"].values()):
        for name, amounts in rows.items():
            assert 1 <= len(amounts) <= 5, name
            assert amounts[-1] is not None, name


@pytest.mark.parametrize(
    ("channel_type", "model", "row"),
    [
        (1, "dall-e-2", UnitRow("image", 10.0)),
        (1, "dall-e-3", UnitRow("image", 20.0)),
        (17, "wanx-v1", UnitRow("image", 8.0)),
        (1, "tts-1", UnitRow("character", 7.5)),
        (1, "tts-1-hd", UnitRow("character", 15.0)),
        (3, "tts-1-hd", UnitRow("character", 16.5)),
        (1, "whisper-1", UnitRow("second", 15.0)),
        (35, "rerank-v3.5", UnitRow("search", 1.0)),
        (1, "gpt-4o", None),
        (1, "gpt-image-1", None),
    ],
)
def test_units_have_one_apis_ratios(channel_type: int, model: str, row: UnitRow | None) -> None:
    assert unit_row(channel_type, model) == row


def test_special_tokens_have_their_prices() -> None:
    assert class_row(1, "gpt-image-1") == ClassRow(image_prompt=10, image_completion=40)
    assert class_row(1, "gpt-audio") == ClassRow(32, 64)
    assert class_row(3, "gpt-audio") == ClassRow(40, 80)
    assert class_row(3, "gpt-4o-transcribe") == ClassRow(6)
    assert class_row(1, "gpt-4o-transcribe") == class_row(1, "gpt-4o") == ClassRow()
