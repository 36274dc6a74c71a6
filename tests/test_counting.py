"""Numbers of things, as people read them."""

import pytest

from crawler.counting import write_number


@pytest.mark.parametrize(
    ("number", "thing", "written"),
    [
        (1, "watch", "1 watch"),
        (0, "watch", "0 watches"),
        (2, "match", "2 matches"),
        (1, "alert", "1 alert"),
        (3, "alert", "3 alerts"),
    ],
)
def test_a_number_goes_with_its_thing(number: int, thing: str, written: str) -> None:
    assert write_number(number, thing) == written
