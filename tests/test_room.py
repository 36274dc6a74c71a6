"""How large bodies wait for room, and small ones do not (R39)."""

import asyncio
import gc

import pytest
from scrapy.http import Response

from crawler.room import SMALL_BYTES, Room

LARGE = SMALL_BYTES + 1


class Line:
    """A connection that only remembers whether it is read from."""

    def __init__(self) -> None:
        self.is_read = True

    def pause(self) -> None:
        assert self.is_read
        self.is_read = False

    def go_on(self) -> None:
        assert not self.is_read
        self.is_read = True


@pytest.fixture
def room() -> Room:
    return Room(most_bytes=2 * LARGE)


def test_while_there_is_room_nobody_waits(room: Room) -> None:
    lines = [Line(), Line()]
    for line in lines:
        room.come(line, LARGE)
    assert [line.is_read for line in lines] == [True, True]
    assert not room.is_full


def test_when_it_is_full_large_bodies_wait_for_the_first_and_small_ones_do_not(room: Room) -> None:
    first, second, third, small = (Line() for _ in range(4))
    for line in (first, second, third):
        room.come(line, LARGE)
    room.come(small, SMALL_BYTES)
    room.come(first, LARGE)
    assert [line.is_read for line in (first, second, third, small)] == [True, True, False, True]
    room.leave(first)
    assert third.is_read is False, "there is still no room"
    room.leave(second)
    assert third.is_read


def test_the_next_goes_on_when_the_first_has_come_though_it_is_full(room: Room) -> None:
    first, second, small = Line(), Line(), [Line() for _ in range(5)]
    room.come(first, 3 * LARGE)
    room.come(second, LARGE)
    for line in small:
        room.come(line, SMALL_BYTES)
    assert not second.is_read
    room.leave(first)
    assert room.is_full
    assert second.is_read


def test_while_too_much_waits_to_be_read_no_large_body_goes_on(room: Room) -> None:
    line = Line()
    with room.keeping(b"x" * 3 * LARGE):
        room.come(line, LARGE)
        assert not line.is_read
    assert line.is_read


def test_a_large_answer_counts_until_it_is_forgotten(room: Room) -> None:
    answer = Response("http://example.org/", body=b"x" * 3 * LARGE)
    room.keep(answer)
    assert room.is_full
    del answer
    gc.collect()
    assert not room.is_full


def test_who_is_cut_off_while_it_waits_is_forgotten(room: Room) -> None:
    first, second = Line(), Line()
    room.come(first, 3 * LARGE)
    room.come(second, LARGE)
    room.leave(second)
    room.leave(first)
    assert not second.is_read
    assert not room.is_full


async def test_one_can_wait_for_room(room: Room) -> None:
    with room.keeping(b"x" * 3 * LARGE):
        waiting = asyncio.create_task(room.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 1)
