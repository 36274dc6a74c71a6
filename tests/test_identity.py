"""Who an announcement is: every line of the decision table, and the traps that made each line necessary."""

from dataclasses import replace
from datetime import date

import pytest

from crawler.announcement import TextState
from monitor.identity import (
    Candidate,
    Change,
    Evidence,
    Freshness,
    Known,
    decide,
    hash_text,
    is_suspected_rekey,
    title_key,
)

LONG = "The two governments agreed to share what they learn about running public services online. " * 8
OTHER = "A wholly different text about the opening of a railway station in the north of the country. " * 8
EDITED = f"{LONG}A sentence was added later, which tells when the first meeting of the two will be."
SHORT = LONG[:240]
NEXT = date(2017, 10, 20)

CANDIDATE = Candidate(
    title="Two governments agree on digital services",
    row_title="Two governments agree on digital services",
    published_on=date(2017, 10, 13),
    text=LONG,
    text_state=TextState.PAGE,
)
KNOWN = Known(
    id=7,
    url="https://example.org/a",
    title=CANDIDATE.title,
    published_on=CANDIDATE.published_on,
    text_sha256=hash_text(LONG),
    text_state=TextState.PAGE,
    version=1,
    is_listed=False,
)


def changed(**values: object) -> Known:
    return replace(KNOWN, **values)  # type: ignore[arg-type]  # the table below names real fields


@pytest.mark.parametrize(
    ("evidence", "candidate", "change"),
    [
        pytest.param(Evidence(), CANDIDATE, Change.NEW, id="nothing known"),
        pytest.param(Evidence(by_requested=KNOWN), CANDIDATE, Change.UNCHANGED, id="known address"),
        pytest.param(
            Evidence(by_requested=changed(text_sha256=hash_text(OTHER))), CANDIDATE, Change.CHANGED, id="text edited"
        ),
        pytest.param(
            Evidence(by_requested=changed(title="Another headline")), CANDIDATE, Change.CHANGED, id="headline edited"
        ),
        pytest.param(
            Evidence(by_requested=changed(title="TWO governments agree: on digital services!")),
            CANDIDATE,
            Change.UNCHANGED,
            id="headline in other punctuation",
        ),
        pytest.param(
            Evidence(by_requested=changed(text_state=TextState.MISSING, text_sha256=None)),
            CANDIDATE,
            Change.COMPLETED,
            id="the text has come (R17)",
        ),
        pytest.param(
            Evidence(by_requested=changed(text_state=TextState.FEED, text_sha256=hash_text(OTHER))),
            CANDIDATE,
            Change.COMPLETED,
            id="the page's text replaces the feed's",
        ),
        pytest.param(
            Evidence(by_requested=KNOWN),
            replace(CANDIDATE, text=None, text_state=TextState.MISSING),
            Change.UNCHANGED,
            id="a failed extraction takes nothing away",
        ),
        pytest.param(
            Evidence(by_requested=KNOWN),
            replace(CANDIDATE, text=OTHER, text_state=TextState.FEED),
            Change.UNCHANGED,
            id="the feed's text does not replace the page's",
        ),
        pytest.param(Evidence(by_redirect=KNOWN), CANDIDATE, Change.UNCHANGED, id="leads to a known page"),
        pytest.param(
            Evidence(by_redirect=KNOWN),
            replace(CANDIDATE, row_title="Budget for the railways announced today"),
            Change.ELSEWHERE,
            id="listed as something else but leads to a known page",
        ),
        pytest.param(Evidence(by_guid=KNOWN), CANDIDATE, Change.MOVED, id="same guid and title, new address"),
        pytest.param(
            Evidence(by_guid=KNOWN),
            replace(CANDIDATE, title="Something else", row_title="Something else", text=OTHER),
            Change.NEW,
            id="a constant guid loses nothing (R14)",
        ),
        pytest.param(
            Evidence(by_canonical=KNOWN),
            replace(CANDIDATE, title="Something else", row_title="Something else", text=OTHER),
            Change.NEW,
            id="one canonical link on every page loses nothing",
        ),
        pytest.param(Evidence(by_text_here=KNOWN), CANDIDATE, Change.MOVED, id="redesign: same title and text (R15)"),
        pytest.param(
            Evidence(by_text_here=changed(is_listed=True)), CANDIDATE, Change.UNCHANGED, id="one page under two paths"
        ),
        pytest.param(
            Evidence(by_text_here=changed(title="Other")), CANDIDATE, Change.NEW, id="boilerplate under another title"
        ),
        pytest.param(
            Evidence(by_title_and_day=changed(text_sha256=hash_text(EDITED), text=EDITED)),
            CANDIDATE,
            Change.CHANGED,
            id="redesign that changed the text too",
        ),
        pytest.param(
            Evidence(by_title_and_day=changed(text_sha256=hash_text(OTHER), text=OTHER)),
            CANDIDATE,
            Change.NEW,
            id="two announcements of one title and day, of which one is listed no more",
        ),
        pytest.param(
            Evidence(by_title_and_day=changed(text=OTHER, text_state=TextState.FEED, text_sha256=hash_text(OTHER))),
            CANDIDATE,
            Change.COMPLETED,
            id="redesign of a page that was known by its feed's own words",
        ),
        pytest.param(
            Evidence(
                by_title_and_day=changed(text_sha256=hash_text(EDITED), text=EDITED),
                by_text_here=changed(title="Two governments have agreed on digital services"),
                has_read_all=False,
            ),
            CANDIDATE,
            Change.NEW,
            id="what is not listed may stand in a feed that was not read",
        ),
        pytest.param(
            Evidence(by_text_here=changed(title="Two governments have agreed on digital services")),
            CANDIDATE,
            Change.CHANGED,
            id="the headline was edited, and the address with it",
        ),
        pytest.param(
            Evidence(by_text_here=changed(title="Two governments have agreed on digital services", is_listed=True)),
            CANDIDATE,
            Change.NEW,
            id="one text under two headlines, both listed",
        ),
        pytest.param(
            Evidence(by_text_here=changed(title=f"{CANDIDATE.title}: lot 1")),
            replace(CANDIDATE, title=f"{CANDIDATE.title}: lot 2"),
            Change.NEW,
            id="one text under headlines of other numbers",
        ),
        pytest.param(
            Evidence(by_text_here=changed(text_sha256=hash_text(SHORT), is_listed=True)),
            replace(CANDIDATE, text=SHORT),
            Change.UNCHANGED,
            id="one short announcement under two paths",
        ),
        pytest.param(
            Evidence(by_text_here=changed(text_sha256=hash_text(SHORT), published_on=None, is_listed=True)),
            replace(CANDIDATE, text=SHORT),
            Change.NEW,
            id="a short text of which nobody knows the day",
        ),
        pytest.param(
            Evidence(by_requested=KNOWN, by_redirect=changed(id=8)),
            replace(CANDIDATE, led_to="https://example.org/b", text=OTHER),
            Change.ELSEWHERE,
            id="an address that leads to another announcement now",
        ),
        pytest.param(
            Evidence(by_requested=KNOWN),
            replace(CANDIDATE, led_to="https://example.org/news", title="All our news", text=OTHER),
            Change.ELSEWHERE,
            id="an address that leads to a page of another headline now",
        ),
        *(
            pytest.param(
                Evidence(by_requested=KNOWN, by_guid=by_guid),
                replace(CANDIDATE, led_to="https://example.org/e/47", title="Trains", text=OTHER, row_on=row_on),
                change,
                id=f"an address that leads to something else, listed on {row_on}, guid {'known' if by_guid else 'new'}",
            )
            for by_guid, row_on, change in (
                (None, NEXT, Change.NEW),
                (KNOWN, NEXT, Change.ELSEWHERE),
                (None, CANDIDATE.published_on, Change.ELSEWHERE),
            )
        ),
        pytest.param(
            Evidence(by_requested=changed(text=LONG)),
            replace(CANDIDATE, led_to="https://example.org/news", text=OTHER),
            Change.ELSEWHERE,
            id="an address that leads to a page without a headline of its own now",
        ),
        pytest.param(
            Evidence(by_requested=changed(text=LONG)),
            replace(CANDIDATE, led_to="https://example.org/new-address", text=EDITED),
            Change.CHANGED,
            id="a page that stands at another address now, edited",
        ),
        pytest.param(
            Evidence(by_requested=KNOWN),
            replace(CANDIDATE, led_to="https://example.org/c", title="All new", row_title="All new", text=OTHER),
            Change.CHANGED,
            id="a new headline that the listing says too",
        ),
        pytest.param(
            Evidence(by_requested=changed(text=LONG)),
            replace(CANDIDATE, title="A railway station opens", text=OTHER, published_on=NEXT),
            Change.NEW,
            id="the next announcement on a page that shows the latest",
        ),
        *(
            pytest.param(
                Evidence(by_requested=changed(text=LONG)),
                replace(CANDIDATE, **{"title": "A railway station opens", "text": OTHER, "published_on": NEXT, **same}),  # type: ignore[arg-type]  # real fields
                Change.CHANGED,
                id=f"an edit that leaves the {next(iter(same))} as it was",
            )
            for same in ({"title": CANDIDATE.title}, {"text": EDITED}, {"published_on": CANDIDATE.published_on})
        ),
        pytest.param(
            Evidence(by_requested=changed(text_state=TextState.MISSING, text_sha256=None)),
            replace(CANDIDATE, led_to="https://example.org/c", title="What the page itself is called"),
            Change.COMPLETED,
            id="a short link that had not been followed yet",
        ),
        pytest.param(
            Evidence(by_title_and_day=changed(text_sha256=hash_text(OTHER), is_listed=True)),
            CANDIDATE,
            Change.NEW,
            id="two announcements of one title and day, both listed",
        ),
        pytest.param(
            Evidence(by_title_and_day=changed(title="Statement", text_sha256=hash_text(OTHER))),
            replace(CANDIDATE, title="Statement"),
            Change.NEW,
            id="a title that says too little",
        ),
        pytest.param(Evidence(by_text_elsewhere=KNOWN), CANDIDATE, Change.COPY, id="same text at another source"),
        pytest.param(
            Evidence(by_text_elsewhere=changed(text_sha256=hash_text("Short."))),
            replace(CANDIDATE, text="Short."),
            Change.NEW,
            id="a short text is too often the same by chance",
        ),
        pytest.param(Evidence(by_address_elsewhere=KNOWN), CANDIDATE, Change.COPY, id="two sources list one page"),
    ],
)
def test_identity_is_decided_by_the_first_line_of_the_table_that_holds(
    evidence: Evidence, candidate: Candidate, change: Change
) -> None:
    assert decide(candidate, evidence).change is change


def test_a_text_that_goes_back_to_what_it_was_is_a_change_again() -> None:
    """R18: A, B, A are three versions: only the current text counts."""
    after_b = changed(text_sha256=hash_text(OTHER), version=2)

    assert decide(CANDIDATE, Evidence(by_requested=after_b)).change is Change.CHANGED


def test_a_title_key_ignores_case_accents_and_punctuation() -> None:
    assert title_key("Réunions « plus utiles »") == title_key("REUNIONS plus utiles")


def test_white_space_does_not_change_a_text() -> None:
    assert hash_text("One  two\nthree") == hash_text("One two three")


@pytest.mark.parametrize(
    ("rows", "stale_new", "suspected"),
    [(10, 10, True), (20, 11, True), (20, 10, False), (4, 4, False), (100, 0, False)],
)
def test_a_known_source_that_is_mostly_new_and_old_at_once_is_suspected_of_new_keys(
    rows: int, stale_new: int, suspected: bool
) -> None:
    """R15: a redesign must not flood anybody."""
    assert is_suspected_rekey(Freshness(rows=rows, stale_new=stale_new)) is suspected
