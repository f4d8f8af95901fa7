import base64
import re

from addon.identity import new_mask, new_request_id, new_socket_key


def test_request_ids_have_one_apis_form_and_do_not_repeat() -> None:
    ids = {new_request_id() for _ in range(5000)}
    assert len(ids) == 5000
    assert all(re.fullmatch(r"20\d{12}\d{9}\d{8}", one) for one in ids)


def test_socket_keys_are_sixteen_random_bytes() -> None:
    first, second = new_socket_key(), new_socket_key()
    assert first != second
    assert len(base64.b64decode(first, validate=True)) == 16


def test_masks_are_four_random_bytes() -> None:
    assert {len(new_mask()) for _ in range(20)} == {4}
    assert len({new_mask() for _ in range(20)}) > 1
