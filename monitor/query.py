"""What people ask for: the expression of a watch or a search, read from lists or one line, and written back.

Whether a text satisfies an expression is left to `match`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from monitor.errors import GovwatchError
from monitor.words import Run, find_index_keys, read_term

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

    Branch = Tree[Token] | Token

NEAR_WORDS = 10
FARTHEST_NEAR = 1000
LONGEST_TERM = 300
LONGEST_QUERY = 20_000
DEEPEST_NESTING = 50

_OPERATOR = re.compile(r"(AND|OR|NOT|NEAR(/\d+)?)", re.IGNORECASE)
_FIELD = re.compile(r"[^\W\d]\w*:(?!/)")
_BARE = re.compile(r"(?![-'\u2018])[^\s()\"]*[^\s()\",;]")
_QUOTES = str.maketrans("\u201c\u201d\u201e\u201f\u00ab\u00bb", '""""""')
_EXCERPT_CHARS = 30


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase as a person wrote it, without quotation marks; `*` behind a word makes it a prefix."""

    written: str


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the parts; there are two or more."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Every:
    """Each of the parts; there are two or more."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Not the part."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class Near:
    """One of `these` with at most `words` words between it and one of `those`, in either order."""

    these: tuple[Term, ...]
    those: tuple[Term, ...]
    words: int = NEAR_WORDS


@dataclass(frozen=True, slots=True)
class InTitle:
    """The part, looked for in the title only."""

    part: "Expression"


Expression = Term | Near | InTitle | Every | Either | Refused


class QueryError(GovwatchError, ValueError):
    """A query or term that cannot be understood; `column` counts characters from one, None for a term of a list."""

    def __init__(self, message: str, *, column: int | None = None) -> None:
        super().__init__(message)
        self.column = column


def require_every(parts: Iterable[Expression]) -> Expression:
    """Each of `parts`, flat: one part is itself. ValueError if there is none."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, Every) else (part,)))
    if not flat:
        raise ValueError("expected at least one part")
    return flat[0] if len(flat) == 1 else Every(flat)


def require_either(parts: Iterable[Expression]) -> Expression:
    """At least one of `parts`, flat: one part is itself. ValueError if there is none."""
    flat = tuple(inner for part in parts for inner in (part.parts if isinstance(part, Either) else (part,)))
    if not flat:
        raise ValueError("expected at least one part")
    return flat[0] if len(flat) == 1 else Either(flat)


def refuse(part: Expression) -> Expression:
    return part.part if isinstance(part, Refused) else Refused(part)


def keep_to_title(part: Expression) -> Expression:
    """`part`, looked for in the title only."""
    return InTitle(_strip_title(part))


def _strip_title(part: Expression) -> Expression:
    match part:
        case InTitle(inner):
            return _strip_title(inner)
        case Every(parts):
            return require_every(map(_strip_title, parts))
        case Either(parts):
            return require_either(map(_strip_title, parts))
        case Refused(inner):
            return refuse(_strip_title(inner))
    return part


def read_lists(*, either: Sequence[str] = (), every: Sequence[str] = (), none: Sequence[str] = ()) -> Expression:
    """The expression that the lists any, all and none of a watch stand for; QueryError for a faulty term."""
    parts: list[Expression] = [Term(check_term(each)) for each in every]
    if either:
        parts.append(require_either(Term(check_term(each)) for each in either))
    parts += [Refused(Term(check_term(each))) for each in none]
    return require_every(parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lists:
    """An expression as the lists of a watch: what `read_lists` reads, and whether only the title counts."""

    either: tuple[str, ...] = ()
    every: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    title_only: bool = False


def write_lists(expression: Expression) -> Lists | None:
    """The expression as lists that mean exactly the same; None if lists cannot say it."""
    said = expression.part if isinstance(expression, InTitle) else expression
    either: list[str] = []
    every: list[str] = []
    none: list[str] = []
    for part in said.parts if isinstance(said, Every) else (said,):
        terms = _read_plain_terms(part.part if isinstance(part, Refused) else part)
        room = none if isinstance(part, Refused) else every if isinstance(part, Term) else either
        if not terms or (room is either and either):
            return None
        room += terms
    if not either and len(every) == 1:
        either, every = every, []
    if not (either or every):
        return None
    is_title_only = isinstance(expression, InTitle)
    return Lists(either=tuple(either), every=tuple(every), none=tuple(none), title_only=is_title_only)


def _read_plain_terms(part: Expression) -> tuple[str, ...]:
    """The term, or the terms any one of which will do, as a list takes them; none if it is anything else."""
    parts = part.parts if isinstance(part, Either) else (part,)
    terms = tuple(each.written for each in parts if isinstance(each, Term) and _is_plain(each.written))
    return terms if len(terms) == len(parts) else ()


def _is_plain(written: str) -> bool:
    """Whether a list takes the term as it is: no list holds operators."""
    try:
        return check_term(written) == written
    except QueryError:
        return False


def check_term(written: str) -> str:
    """A term of a list, tidied, or QueryError saying what is wrong with it."""
    term = " ".join(written.translate(_QUOTES).split())
    if len(term) > 1 and term[0] == term[-1] == '"':
        term = term[1:-1].strip()
    if '"' in term:
        raise QueryError("unbalanced quotation marks: a list holds plain terms, which need none")
    operators = [word for word in term.split() if _OPERATOR.fullmatch(word) and word.isupper()]
    if operators and not term.isupper():
        raise QueryError(f"a list holds plain terms: to combine them with {operators[0]}, use query instead")
    return _check_words(term)


def _check_words(term: str) -> str:
    if len(term) > LONGEST_TERM:
        raise QueryError(f"expected a term of at most {LONGEST_TERM} characters")
    if re.search(r"(?<!\w)\*|\*(?=[\w*])", term):
        raise QueryError(f"expected * only at the end of a word: {term!r}")
    if re.search(r"(?<!\w)[A-Za-z]\*", term):
        raise QueryError(f"expected at least two letters before *: {term!r}")
    if not read_term(term).runs:
        raise QueryError(f"there is no word in {term!r}" if term else "expected a word: this term is empty")
    return term


def read_query(query: str) -> Expression:
    """The expression that one line of the query language stands for; QueryError, with the place, if it is none."""
    text = query.translate(_QUOTES)
    _check_shape(text)
    from lark import UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415 - 20 ms that no watch of lists has to wait for

    try:
        tree = _load_grammar().parse(text)
    except UnexpectedToken as error:
        token = error.token
        place = len(text.rstrip()) if token.type == "$END" else token.start_pos or 0
        message = _describe_unexpected(token.type, str(token), text[:place])
        raise _fault(query, place, message) from error
    except UnexpectedCharacters as error:
        raise _fault(query, error.pos_in_stream or 0, "this is not understood here") from error
    return _build(query, tree)


@cache
def _load_grammar() -> "Lark":
    from lark import Lark  # noqa: PLC0415 - as above

    return Lark.open("query.lark", rel_to=__file__, parser="lalr", lexer="basic", maybe_placeholders=False)


def _check_shape(text: str) -> None:
    if not text.strip():
        raise QueryError("expected a term: the query is empty", column=1)
    if len(text) > LONGEST_QUERY:
        raise _fault(text, LONGEST_QUERY, f"expected at most {LONGEST_QUERY} characters")
    if text.count('"') % 2:
        raise _fault(text, text.rindex('"'), "unbalanced quotation marks: one is opened or closed too many")
    opened: list[int] = []
    for found in re.finditer(r'"[^"]*"|[()]', text):
        if found[0] == "(":
            opened.append(found.start())
        elif found[0] == ")" and not opened:
            raise _fault(text, found.start(), "this parenthesis closes nothing")
        elif found[0] == ")":
            opened.pop()
        if len(opened) > DEEPEST_NESTING:
            raise _fault(text, found.start(), f"expected at most {DEEPEST_NESTING} parentheses within one another")
    if opened:
        raise _fault(text, opened[-1], "this parenthesis is never closed")


def _fault(query: str, place: int, message: str) -> QueryError:
    """`message` with the place: the column, and an excerpt with ^ before what is wrong."""
    before, after = query[max(place - _EXCERPT_CHARS, 0) : place], query[place : place + _EXCERPT_CHARS]
    left = "…" if place > _EXCERPT_CHARS else ""
    right = "…" if place + _EXCERPT_CHARS < len(query) else ""
    return QueryError(f"{message} (column {place + 1}, at the ^: {left}{before}^{after}{right})", column=place + 1)


_WRITTEN = {"_AND": "AND", "_OR": "OR", "_NOT": "NOT", "NEAR": "NEAR", "_TITLE": "title:", "_OPEN": "(", "_CLOSE": ")"}


def _describe_unexpected(kind: str, token: str, before: str) -> str:
    behind = before.rsplit(maxsplit=1)[-1].lstrip("(") if before.split() else ""
    if behind in {"AND", "OR", "NOT", "title:"} or behind.startswith("NEAR"):
        return f"expected a term after {behind}"
    if kind == "NEAR" and behind:
        return "NEAR joins two terms only: write (a NEAR b) AND (b NEAR c)"
    if kind == "_CLOSE":
        return "expected a term in the parentheses"
    return f"expected a term before {_WRITTEN.get(kind, token)}"


def _build(query: str, branch: "Branch") -> Expression:
    if isinstance(branch, str):
        return _build_term(query, branch)
    match branch.data:
        case "nearby":
            return _build_near(query, branch.children)
        case "in_title":
            return keep_to_title(_build(query, branch.children[0]))
        case "refused":
            return refuse(_build(query, branch.children[0]))
    join = require_every if branch.data == "every" else require_either
    return join(_build(query, child) for child in branch.children)


def _build_term(query: str, token: "Token") -> Term:
    place = token.start_pos or 0
    written = " ".join(token[1:-1].split()) if token.type == "PHRASE" else token.rstrip(",;")
    try:
        if token.type == "WORD":
            _check_bare_word(written)
        return Term(_check_words(written))
    except QueryError as fault:
        raise _fault(query, place, str(fault)) from fault


def _check_bare_word(word: str) -> None:
    if _OPERATOR.fullmatch(word):
        raise QueryError(
            f'write {word.upper()} in capitals, or "{word}" in quotation marks if the word itself is meant'
        )
    if word.startswith(("'", "\u2018")):
        raise QueryError("write phrases in double quotation marks")
    if field := _FIELD.match(word):
        raise QueryError(f'there is no {field[0]} to search in, only title: ("{word}" in quotation marks is the text)')


def _build_near(query: str, children: Sequence["Branch"]) -> Near:
    these, operator, those = children
    place = getattr(operator, "start_pos", 0)
    words = int(str(operator).partition("/")[2] or NEAR_WORDS)
    if words > FARTHEST_NEAR:
        raise _fault(query, place, f"expected NEAR/{FARTHEST_NEAR} or nearer")
    return Near(_read_side(query, place, these), _read_side(query, place, those), words)


def _read_side(query: str, place: int, branch: "Branch") -> tuple[Term, ...]:
    """The terms on one side of NEAR, any one of which may be near."""
    side = _build(query, branch)
    terms = side.parts if isinstance(side, Either) else (side,)
    if not all(isinstance(term, Term) for term in terms):
        raise _fault(query, place, "NEAR stands between terms, or between groups such as (identity OR wallet)")
    return tuple(term for term in terms if isinstance(term, Term))


def find_terms(expression: Expression) -> Iterator[Term]:
    """Every term that an expression asks for, in order; refused ones are left out."""
    match expression:
        case Term():
            yield expression
        case Near(these, those):
            yield from these + those
        case InTitle(part):
            yield from find_terms(part)
        case Every(parts) | Either(parts):
            for part in parts:
                yield from find_terms(part)


def is_anything_required(expression: Expression) -> bool:
    """Whether a text must have at least one certain word to match; otherwise almost every text would."""
    match expression:
        case Refused():
            return False
        case InTitle(part):
            return is_anything_required(part)
        case Every(parts):
            return any(map(is_anything_required, parts))
        case Either(parts):
            return all(map(is_anything_required, parts))
    return True


def write_query(expression: Expression) -> str:
    """The expression as one line of the query language; `read_query` gives the same expression again."""
    match expression:
        case Term(written):
            return written if _is_bare(written) else f'"{written}"'
        case Near(these, those, words):
            distance = "" if words == NEAR_WORDS else f"/{words}"
            return f"{_write_side(these)} NEAR{distance} {_write_side(those)}"
        case InTitle(part):
            return f"title:{_write_inner(part, Term)}"
        case Refused(part):
            return f"NOT {_write_inner(part, Term, Near, InTitle)}"
        case Every(parts):
            return " AND ".join(_write_inner(part, Term, Near, InTitle, Refused) for part in parts)
        case Either(parts):
            return " OR ".join(_write_inner(part, Term, Near, InTitle, Refused, Every) for part in parts)


def _write_inner(part: Expression, *plain: type[Expression]) -> str:
    return write_query(part) if isinstance(part, plain) else f"({write_query(part)})"


def _write_side(terms: tuple[Term, ...]) -> str:
    return _write_inner(require_either(terms), Term)


def _is_bare(written: str) -> bool:
    return bool(_BARE.fullmatch(written)) and not _OPERATOR.fullmatch(written) and not _FIELD.match(written)


def describe(expression: Expression) -> str:
    """The expression in plain words, for people who did not write it."""
    match expression:
        case Term(written):
            return _describe_term(written)
        case Near(these, those, words):
            return f"{_describe_choice(these)} within {words} words of {_describe_choice(those)}"
        case InTitle(part):
            return f"in the title: {describe(part)}"
        case Refused(part):
            return f"not {_describe_inner(part)}"
        case Either(parts):
            return f"at least one of {_join(map(_describe_inner, parts), 'or')}"
        case Every(parts):
            return _describe_every(parts)


def _describe_every(parts: tuple[Expression, ...]) -> str:
    wanted = [_describe_inner(part) for part in parts if not isinstance(part, Refused)]
    refused = [_describe_inner(part.part) for part in parts if isinstance(part, Refused)]
    said = [" and ".join(wanted)] if wanted else []
    if refused:
        said.append(f"{'but not' if wanted else 'not'} {_join(refused, 'or')}")
    return ", ".join(said)


def _describe_inner(part: Expression) -> str:
    return f"({describe(part)})" if isinstance(part, Every | Near | InTitle) else describe(part)


def _describe_choice(terms: tuple[Term, ...]) -> str:
    return _join((_describe_term(term.written) for term in terms), "or")


def _describe_term(written: str) -> str:
    remarks = []
    if written.isupper():
        remarks.append("in capitals")
    if "*" in written:
        remarks.append("any ending at *")
    return f'"{written}" ({", ".join(remarks)})' if remarks else f'"{written}"'


def _join(items: Iterable[str], word: str) -> str:
    *most, last = items
    return f"{', '.join(most)} {word} {last}" if most else last


def candidate_query(expression: Expression) -> str | None:
    """An FTS5 query that finds every text that matches `expression`, and others; None if every text must be looked at.

    For an index of what `match.index_terms` gives, under any tokenizer that treats a word alike wherever it stands.
    Title and order are left to the exact evaluation.
    """
    match expression:
        case Term(written):
            return _sieve_any(_sieve_run(run) for run in read_term(written).runs)
        case Near(these, those):
            return _sieve_every(_sieve_any(map(candidate_query, side)) for side in (these, those))
        case InTitle(part):
            return candidate_query(part)
        case Every(parts):
            return _sieve_every(map(candidate_query, parts))
        case Either(parts):
            return _sieve_any(map(candidate_query, parts))
    return None


def _sieve_every(sieves: Iterable[str | None]) -> str | None:
    known = dict.fromkeys(sieve for sieve in sieves if sieve)
    return f"({' AND '.join(known)})" if len(known) > 1 else next(iter(known), None)


def _sieve_any(sieves: Iterable[str | None]) -> str | None:
    known = dict.fromkeys(sieves)
    if not known or None in known:
        return None
    written = [sieve for sieve in known if sieve]
    return f"({' OR '.join(written)})" if len(written) > 1 else written[0]


def _sieve_run(run: Run) -> str | None:
    return _sieve_every(f'"{key}"' for key in find_index_keys(run))
