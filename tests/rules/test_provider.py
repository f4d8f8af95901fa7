"""The row's own small parts."""

from rules.provider import Provider, words


def test_words_are_split_at_any_blank() -> None:
    assert words("a b\n  c") == ("a", "b", "c")


def test_provider_defaults_are_those_of_a_compatible_one() -> None:
    row = Provider(900, "made-up", "Made Up", "编的", "https://api.made-up.example")
    assert (row.dialect, row.endpoints, row.title) == ("openai", ("chat/completions", "embeddings"), "编的 (Made Up)")
