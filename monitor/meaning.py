"""What a watch means: in plain words for people who did not write it, and in both forms in which it may be written."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawler.source import Source
from monitor.query import Every, Expression, InTitle, Refused, Term, describe, find_terms, write_lists, write_query
from monitor.spellings import Spellings, find_spellings
from monitor.watch import Watch

FEW = 8


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """One watch, taken apart; empty scopes let everything in."""

    required: tuple[str, ...]
    """Each of these must be there, in plain words."""
    excluded: tuple[str, ...]
    """None of these may be there, in plain words."""
    is_title_only: bool
    countries: tuple[str, ...]
    kinds: tuple[str, ...]
    sources: tuple[str, ...]
    languages: tuple[str, ...]
    looked_at: tuple[str, ...]
    """Ids of the enabled sources whose announcements it looks at."""
    typed: str | None
    """The query as it was typed; None where lists were written."""
    query: str
    """The whole condition as one line of the query language."""
    lists: str | None
    """The same as the lists of watches.toml; None if lists cannot say it."""
    spellings: tuple[Spellings, ...]
    """Of every term, those that exclude as well."""


def read_meaning(watch: Watch, sources: Iterable[Source]) -> Meaning:
    """What `watch` asks for, of which of the `sources`; `query` and `lists` mean exactly the same."""
    expression = watch.expression
    parts = _read_parts(expression)
    terms = dict.fromkeys(term.written for part in parts for term in _find_all_terms(part))
    return Meaning(
        required=tuple(describe(part) for part in parts if not isinstance(part, Refused)),
        excluded=tuple(describe(part.part) for part in parts if isinstance(part, Refused)),
        is_title_only=isinstance(expression, InTitle),
        countries=watch.countries,
        kinds=tuple(map(str, watch.kinds)),
        sources=watch.sources,
        languages=watch.languages,
        looked_at=find_sources_in_scope(watch, sources),
        typed=watch.query,
        query=write_query(expression),
        lists=write_list_lines(expression),
        spellings=tuple(map(find_spellings, terms)),
    )


def _read_parts(expression: Expression) -> tuple[Expression, ...]:
    said = expression.part if isinstance(expression, InTitle) else expression
    return said.parts if isinstance(said, Every) else (said,)


def _find_all_terms(expression: Expression) -> Iterator[Term]:
    match expression:
        case Refused(part) | InTitle(part):
            yield from _find_all_terms(part)
        case Every(parts):
            for part in parts:
                yield from _find_all_terms(part)
        case _:
            yield from find_terms(expression)


def write_query_line(query: str) -> str:
    """`query = ...` as it stands in watches.toml."""
    is_plain = "'" not in query and query.isprintable()
    return f"query = '{query}'" if is_plain else f"query = {_quote(query)}"


def write_list_lines(expression: Expression) -> str | None:
    """`any = [...]` and so on as they stand in watches.toml; None if lists cannot say the same."""
    lists = write_lists(expression)
    if lists is None:
        return None
    keys = (("any", lists.either), ("all", lists.every), ("none", lists.none))
    lines = [f"{key} = {write_toml_list(terms)}" for key, terms in keys if terms]
    return "\n".join([*lines, *(["title_only = true"] if lists.title_only else [])])


def write_toml_list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_quote, texts))}]"


def _quote(text: str) -> str:
    """A TOML basic string; its escapes are those of JSON, and DEL besides."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def find_sources_in_scope(watch: Watch, sources: Iterable[Source]) -> tuple[str, ...]:
    """Ids of the enabled sources that the watch looks at; in which language an announcement is, it alone knows."""
    return tuple(
        source.id
        for source in sources
        if source.enabled
        and (not watch.countries or source.country in watch.countries)
        and (not watch.kinds or source.kind in watch.kinds)
        and (not watch.sources or source.id in watch.sources)
    )


def tell_meaning(meaning: Meaning) -> list[str]:
    """What is required, what excludes, where, and in which languages: a line each."""
    return [
        *(f"{'and' if number else 'needs'} {part}" for number, part in enumerate(meaning.required)),
        *(f"never {part}" for part in meaning.excluded),
        "in the title only" if meaning.is_title_only else "in the title or the text",
        ", ".join(_tell_scopes(meaning)),
        _tell_sources(meaning.looked_at),
    ]


def _tell_scopes(meaning: Meaning) -> Iterator[str]:
    yield f"of {_join_or(meaning.countries)}" if meaning.countries else "of any country"
    yield f"from {_join_or(meaning.kinds)} sources" if meaning.kinds else "from any kind of source"
    yield f"in {_join_or(meaning.languages)} or a language nobody knows" if meaning.languages else "in any language"


def _tell_sources(ids: Sequence[str]) -> str:
    if not ids:
        return "published by no source that is enabled: it will find nothing"
    more = f" and {len(ids) - FEW} more" if len(ids) > FEW else ""
    return f"published by {len(ids)} source{'s' if len(ids) > 1 else ''}: {', '.join(ids[:FEW])}{more}"


def tell_spellings(spellings: Spellings) -> str:
    """ "MoU, MOU, MoUs; in French with its capitals only"."""
    never = [f"never {', '.join(spellings.not_found)}"] if spellings.not_found else []
    found = [", ".join(spellings.found)] if spellings.found else []
    return "; ".join([*found, *spellings.remarks, *never])


def _join_or(items: Iterable[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} or {last}" if most else last
