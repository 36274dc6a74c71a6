"""Documents a second and memory with 10, 1,000, 10,000 and 100,000 watches, each in a process of its own.

What counts are the ratios within one run: ten thousand times the watches must not cost ten thousand times as much.
"""

import multiprocessing
import random
import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from multiprocessing.connection import Connection

from benchmarks.result import Result
from monitor.match import Document, WatchIndex
from monitor.watch import Watch

SIZES = (10, 1_000, 10_000, 100_000)
DOCUMENTS = 150
ROUNDS = 3
WORDS_PER_DOCUMENT = 400
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "zo")
VOCABULARY = [
    f"{first}{second}{third}{fourth}"
    for first in SYLLABLES
    for second in SYLLABLES
    for third in SYLLABLES
    for fourth in SYLLABLES[:8]
]
# Words come as often as in any language: the second half as often as the first (Zipf).
WEIGHTS = list(accumulate(1 / (rank + 10) for rank in range(len(VOCABULARY))))


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one number of watches costs."""

    watches: int
    built_in_s: float
    documents_per_s: float
    matches: int
    peak_mb: float


def measure() -> list[Result]:
    few, *_, many = measured = [_measure_elsewhere(size) for size in SIZES]
    told = "; ".join(
        f"{one.watches}: {one.documents_per_s:.0f} documents/s, {one.peak_mb:.0f} MB, built in {one.built_in_s:.1f} s,"
        f" {one.matches / DOCUMENTS:.1f} matches a document"
        for one in measured
    )
    slower = few.documents_per_s / many.documents_per_s
    return [
        Result(
            name="matching with 1,000 watches instead of 10, times slower", value=_slow(measured, 1), unit="", most=2
        ),
        Result(
            name="matching with 10,000 watches instead of 10, times slower", value=_slow(measured, 2), unit="", most=3
        ),
        Result(name="matching with 100,000 watches instead of 10, times slower", value=slower, unit="", most=10),
        Result(name="memory with 100,000 watches", value=many.peak_mb, unit="MB", most=1_500, detail=f"[{told}]"),
    ]


def _slow(measured: list[Measured], place: int) -> float:
    return measured[0].documents_per_s / measured[place].documents_per_s


def _measure_elsewhere(size: int) -> Measured:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(size, theirs))
    process.start()
    measured = ours.recv()
    process.join()
    assert isinstance(measured, Measured)
    return measured


def _measure(size: int, answer: Connection) -> None:
    began = time.perf_counter()
    index = WatchIndex(_write_watches(size))
    built_in_s = time.perf_counter() - began
    rates, found = [], 0
    for number in range(ROUNDS):
        documents = list(_write_documents(seed=number))
        began = time.perf_counter()
        found = sum(len(index.match(document)) for document in documents)
        rates.append(len(documents) / (time.perf_counter() - began))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    answer.send(
        Measured(
            watches=size,
            built_in_s=built_in_s,
            documents_per_s=statistics.median(rates),
            matches=found,
            peak_mb=peak_mb,
        )
    )


def _write_watches(size: int) -> Iterator[Watch]:
    """Lists, as most people write them: a few phrases and names, with a word that has to be there too in every third."""
    pick = random.Random(7)
    for number in range(size):
        phrases = tuple(" ".join(pick.choices(VOCABULARY, k=2)) for _ in range(3))
        name = pick.choice(VOCABULARY).capitalize() + pick.choice(VOCABULARY)
        every = tuple(pick.choices(VOCABULARY, cum_weights=WEIGHTS)) if number % 3 == 0 else ()
        yield Watch(name=f"watch {number}", any=(*phrases, name), all=every)


def _write_documents(seed: int) -> Iterator[Document]:
    """News in which one of the first ten watches finds something, so that there is something to find at every size."""
    pick = random.Random(seed)
    wanted = list(_write_watches(SIZES[0]))
    for _ in range(DOCUMENTS):
        words = pick.choices(VOCABULARY, cum_weights=WEIGHTS, k=WORDS_PER_DOCUMENT)
        watch = pick.choice(wanted)
        words[50:50] = [*watch.any[0].split(), *watch.all]
        lines = [" ".join(words[start : start + 20]).capitalize() for start in range(0, len(words), 20)]
        yield Document(
            title=lines[0],
            text=". ".join(lines[1:]),
            summary=None,
            source="s",
            country="GB",
            kind="newsroom",
            language="en",
        )


if __name__ == "__main__":
    for result in measure():
        print(result)
