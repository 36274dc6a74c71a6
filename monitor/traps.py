"""Known traps of the field's words: short names and phrases that mean something else, and the watches that fall in.

A trap is a passage with the word in its other meaning. A watch falls into it when the matcher finds the passage by that
word alone. It is advice, never a fault: somebody may want exactly that.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from crawler.source import SourceKind
from monitor.match import Document, Found, WatchIndex, find_scope_fault, matches
from monitor.watch import Watch

SCOPES: dict[str, tuple[str, ...]] = {"countries": (), "kinds": (), "sources": (), "languages": ()}
_MARKED = re.compile(r"\[(.+?)\]")


@dataclass(frozen=True, kw_only=True)
class Trap:
    """A passage in which the [marked] words mean something else, where that is met, and the way round."""

    passage: str
    meaning: str
    better: str
    """A query that finds what was meant and not this."""
    or_set: str = ""
    """A scope that keeps this out as well, as it stands in watches.toml."""
    countries: tuple[str, ...] = ()
    """Where it is met; empty for everywhere."""
    not_in: tuple[str, ...] = ()
    language: str = "en"

    @property
    def words(self) -> str:
        found = _MARKED.search(self.passage)
        assert found is not None, "every passage marks its words"
        return found[1]

    @property
    def text(self) -> str:
        return _MARKED.sub(r"\1", self.passage)

    def find_country(self, wanted: Iterable[str]) -> str | None:
        """A country in which it is met, one of those wanted if any are; None if it is met in none of them."""
        possible = tuple(wanted) or self.countries or ("GB", "US")
        return next((one for one in possible if one not in self.not_in and one in (self.countries or (one,))), None)


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What a watch would also find, an example of it, and what to write instead."""

    watch: str
    words: str
    meaning: str
    example: str
    better: str
    or_set: str

    def __str__(self) -> str:
        otherwise = f", or set {self.or_set}" if self.or_set else ""
        return f"“{self.words}” is also {self.meaning} (“{self.example}”). Better: {self.better}{otherwise}"


def _everyday(passage: str, better: str) -> Trap:
    return Trap(passage=passage, meaning="an everyday word", better=better)


_AGENCY = '"Digital Transformation Agency" OR (DTA AND (digital OR agency))'
_CANADIAN = '"Canadian Digital Service" OR (CDS AND (digital OR ESDC))'
_BRITISH = '"Government Digital Service" OR (GDS AND (digital OR GOV.UK))'
_AFFAIRS = '"Department of Internal Affairs"'
_INFRASTRUCTURE = '"digital public infrastructure"'
_NATIONS = '"Digital Nations"'
_IN_ITALIAN = 'languages = ["it"]'

TRAPS = (
    Trap(
        passage="The [DTA] with Malta ends the double taxation of pensions.",
        meaning="a double taxation agreement",
        better=_AGENCY,
    ),
    Trap(
        passage="The bank's five-year [CDS] widened after the downgrade.",
        meaning="a credit default swap",
        better=_CANADIAN,
        or_set='countries = ["CA"]',
        not_in=("CA",),
    ),
    Trap(
        passage="The [CDS] inspected the troops at the base.",
        meaning="the Chief of the Defence Staff",
        better=_CANADIAN,
        countries=("CA", "GB", "IN", "NZ"),
    ),
    Trap(
        passage="Dentists under [GDS] contracts saw fewer patients.",
        meaning="General Dental Services",
        better=_BRITISH,
        countries=("GB",),
    ),
    Trap(
        passage="The airline left two [GDS] operators for direct sales.",
        meaning="a travel agents' distribution system",
        better=_BRITISH,
        or_set='countries = ["GB"]',
        not_in=("GB",),
    ),
    Trap(
        passage="Analysts of the [DIA] briefed the committee on the border.",
        meaning="the Defense Intelligence Agency",
        better=_AFFAIRS,
        or_set='countries = ["NZ"]',
        not_in=("NZ",),
    ),
    Trap(
        passage="The drama returns to [TBS] on Sunday.",
        meaning="a broadcaster",
        better='"Treasury Board"',
        or_set='countries = ["CA"]',
        not_in=("CA",),
    ),
    Trap(
        passage="Table 3: exports by port ([ODS], 21 KB).",
        meaning="a spreadsheet format",
        better='"Ontario Digital Service"',
    ),
    Trap(
        passage="The bridge cost two million [USDS] to repair.",
        meaning="US dollars, and since 2025 the U.S. DOGE Service",
        better='"U.S. Digital Service" OR "United States Digital Service"',
    ),
    Trap(
        passage="The scan with [18F]-FDG showed no lesion.",
        meaning="fluorine-18, an isotope",
        better="18F AND (GSA OR digital)",
    ),
    Trap(
        passage="[SNC]-Lavalin a remporté le contrat du pont.",
        meaning="an engineering firm",
        better='"Service numérique canadien" OR (SNC AND numérique)',
        language="fr",
    ),
    Trap(passage="Scan the deed at 300 [DPI] or better.", meaning="dots per inch", better=_INFRASTRUCTURE),
    Trap(
        passage="Le [DPI] a signé la note de service sur les imprimantes.",
        meaning="in French a chief information officer",
        better=_INFRASTRUCTURE,
        or_set='languages = ["en"]',
        countries=("CA", "FR"),
        language="fr",
    ),
    Trap(
        passage="The file is valid against the [DTD] of 1998.",
        meaning="a document type definition",
        better='"Dipartimento per la trasformazione digitale"',
        or_set=_IN_ITALIAN,
    ),
    Trap(
        passage="The shed was drawn in [CAD] by students.",
        meaning="computer-aided design, and Canadian dollars",
        better='"Codice dell\'amministrazione digitale"',
        or_set=_IN_ITALIAN,
    ),
    Trap(
        passage="The [CIE] published a standard for street lamps.",
        meaning="a lighting commission",
        better='"carta d\'identità elettronica"',
        or_set=_IN_ITALIAN,
    ),
    Trap(
        passage="The office in Harrisburg, [PA], opens in May.",
        meaning="Pennsylvania",
        better='"pubblica amministrazione"',
        or_set=_IN_ITALIAN,
    ),
    Trap(
        passage="The President signed a [memorandum] on steel imports.",
        meaning="a presidential, legal or staff memorandum (OMB's own are best followed by number: M-24-10)",
        better='"memorandum of understanding" OR "memorandum of cooperation"',
        countries=("US",),
    ),
    Trap(
        passage="The [memorandum] sets out the facts of the appeal.",
        meaning="a legal or staff memorandum",
        better='"memorandum of understanding" OR "memorandum of cooperation"',
        not_in=("US",),
    ),
    Trap(
        passage="An old [memo] on parking was found in a drawer.",
        meaning="any note",
        better='"memorandum of understanding"',
    ),
    Trap(
        passage="The [digital services] tax raised 700 million in its first year.",
        meaning="a tax",
        better='"digital services" NOT "digital services tax"',
    ),
    Trap(
        passage="The Commission fined a marketplace under the [Digital Services] Act.",
        meaning="a law of the European Union",
        better='"digital services" NOT "Digital Services Act"',
    ),
    Trap(
        passage="La taxe sur les [services numériques] entre en vigueur.",
        meaning="a tax",
        better='"services numériques" NOT "taxe sur les services numériques"',
        language="fr",
    ),
    Trap(
        passage="Trains missed the [service standard] for punctuality.",
        meaning="a railway's, a utility's or an army's promise",
        better='"digital service standard" OR ("service standard" NEAR digital)',
    ),
    Trap(
        passage="The brand has a fresh [digital identity] and a new logo.",
        meaning="what brands call their look",
        better='"digital identity" NOT (identity NEAR brand)',
    ),
    Trap(passage="The picture was taken with a [D5] at dusk.", meaning="a camera", better=_NATIONS),
    Trap(passage="They came third, in row [D9] of the table.", meaning="a row of a table", better=_NATIONS),
    _everyday("The [alpha] variant of the virus spread.", '"alpha release" OR (alpha NEAR service)'),
    _everyday("Patients on [beta] blockers should rest.", '"private beta" OR "public beta" OR (beta NEAR service)'),
    _everyday("Watch the match [live] from six o'clock.", '"go live" OR (live NEAR service)'),
    _everyday("The court ordered [discovery] of the letters.", "discovery NEAR service"),
    _everyday("The [pilot] landed on the river.", "pilot NEAR digital"),
    _everyday("Passengers wait on [platform] nine.", '"government as a platform" OR "shared platform"'),
    _everyday("Please [verify] the meter before you pay.", '"GOV.UK Verify"'),
    _everyday("A brown [wallet] was handed in.", '"GOV.UK Wallet" OR "digital wallet"'),
)  # fmt: skip


def find_advice(watch: Watch) -> tuple[Advice, ...]:
    """The traps that the watch falls into, each word and meaning once; none for a watch of named sources."""
    found = {(trap.words.casefold(), trap.meaning): trap for trap in TRAPS if _is_trapped(watch, trap)}
    return tuple(_advise(watch, trap) for trap in found.values())


def find_all_advice(watches: Iterable[Watch]) -> tuple[Advice, ...]:
    """The same of many watches, most of which fall into nothing."""
    enabled = {watch.name: watch for watch in watches if watch.enabled}
    anywhere = WatchIndex(watch.model_copy(update=SCOPES) for watch in enabled.values())
    caught = {
        match.watch for trap in TRAPS for match in anywhere.match(_write_document(trap, "GB", SourceKind.NEWSROOM))
    }
    return tuple(advice for name in enabled if name in caught for advice in find_advice(enabled[name]))


def _advise(watch: Watch, trap: Trap) -> Advice:
    return Advice(
        watch=watch.name,
        words=trap.words,
        meaning=trap.meaning,
        example=trap.text.removesuffix("."),
        better=trap.better,
        or_set=trap.or_set,
    )


def _is_trapped(watch: Watch, trap: Trap) -> bool:
    """Whether the watch finds the passage by the marked words, told by a publisher whom it looks at."""
    country = trap.find_country(watch.countries)
    if country is None:
        return False
    document = _write_document(trap, country, watch.kinds[0] if watch.kinds else SourceKind.NEWSROOM)
    if find_scope_fault(watch, document):
        return False
    found = matches(watch.expression, document)
    return found is not None and _stands_alone(found, trap)


@cache
def _write_document(trap: Trap, country: str, kind: SourceKind) -> Document:
    return Document(
        title=trap.text, text=None, summary=None, source="", country=country, kind=str(kind), language=trap.language
    )


def _stands_alone(found: Found, trap: Trap) -> bool:
    """Whether the marked words, all of them and no others, are what was found."""
    start = trap.passage.index("[")
    end = start + len(trap.words)
    spans = [(hit.start, hit.end) for hit in found.hits]
    return bool(spans) and min(spans)[0] == start and max(last for _, last in spans) == end
