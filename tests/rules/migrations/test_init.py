from __future__ import annotations

import threading

from rules import migrations, models
from rules.database import connect
from tests.rules.places import Place


def test_migrations_make_every_table_with_its_columns_from_blank(empty_place: Place) -> None:
    database = connect(empty_place.dsn, empty_place.data_dir)
    assert database.migrate() == migrations.names()
    for model in models.ALL:
        fields = {field.column_name for field in model._meta.sorted_fields}
        made = {column.name for column in database.backend.get_columns(model._meta.table_name)}
        assert made == fields, model
    assert database.revision() == 1
    database.close_all()


def test_migrations_make_every_index_that_the_models_name(empty_place: Place) -> None:
    database = connect(empty_place.dsn, empty_place.data_dir)
    database.migrate()
    for model in models.ALL:
        made = {tuple(index.columns): index.unique for index in database.backend.get_indexes(model._meta.table_name)}
        wanted = {tuple(columns): unique for columns, unique in model._meta.indexes}
        wanted |= {
            (field.column_name,): field.unique for field in model._meta.sorted_fields if field.unique or field.index
        }
        assert wanted.items() <= made.items(), model
    database.close_all()


def test_migrations_are_applied_once_even_by_two_that_start_together(empty_place: Place) -> None:
    applied: list[tuple[str, ...]] = []

    def start() -> None:
        database = connect(empty_place.dsn, empty_place.data_dir)
        applied.append(database.migrate())
        database.close_all()

    threads = [threading.Thread(target=start) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(applied, key=len) == [(), migrations.names()]


def test_a_script_that_broke_off_is_taken_up_again(empty_place: Place) -> None:
    database = connect(empty_place.dsn, empty_place.data_dir)
    database.migrate()
    database.execute("DELETE FROM migrations")
    assert database.migrate() == migrations.names()
    assert database.revision() == 1
    database.close_all()


def test_scripts_are_numbered_without_gaps() -> None:
    assert [name[:5] for name in migrations.names()] == [f"m{n:04}" for n in range(1, len(migrations.names()) + 1)]
