"""Words and their simple plurals, in English and French: one form for both, by which they are found."""

# Words that only look like plurals, and plurals that no rule gives. Only pairs that would make two different words
# one are listed: folding "texas" to "texa" harms nobody.
_NO_PLURALS = (
    "bias commons corps cours customs dallas dans economics electronics fonds gens goods hors julie lens lors marche marie"
    " means mrs news sans sens vers wales"
)
_PLURALS_BY_HAND = (
    "analyses:analyse analysis:analyse apis:api appuis:appui biases:bias bonuses:bonus bureaus:bureau buses:bus"
    " campuses:campus caucuses:caucus censuses:census consensuses:consensus contenus:contenu cpus:cpu crises:crise"
    " crisis:crise defis:defi delais:delai elus:elu emplois:emploi essais:essai focuses:focus gases:gas gpus:gpu"
    " gurus:guru ids:id individus:individu kpis:kpi lenses:lens lois:loi marches:marche maries:marie menus:menu"
    " mous:mou prospectuses:prospectus recus:recu revenus:revenu rfis:rfi statuses:status surpluses:surplus"
    " taxis:taxi viruses:virus"
)
_IRREGULAR = {
    word: singular or word
    for word, _, singular in (pair.partition(":") for pair in (*_NO_PLURALS.split(), *_PLURALS_BY_HAND.split()))
}
# Ending, what it becomes, shortest word it is taken from. Where English and French disagree on the singular
# (strategy, stratégie; approach, approche) both singulars are given one form.
_ENDINGS = (
    ("eaux", "eau", 5),
    ("aux", "al", 6),
    ("eux", "eu", 4),
    ("sses", "ss", 5),
    ("sse", "ss", 5),
    ("shes", "sh", 5),
    ("ches", "ch", 5),
    ("che", "ch", 4),
    ("xes", "x", 4),
    ("xe", "x", 4),
    ("ies", "y", 5),
    ("ie", "y", 5),
    ("ss", "ss", 4),
    ("us", "us", 4),
    ("is", "is", 4),
    ("s", "", 4),
)
_LAST_LETTERS = frozenset(ending[-1] for ending, _, _ in _ENDINGS)
_SHORTEST_FOLDED = 4


def find_singular(plain: str) -> str:
    """The form that a folded word shares with its simple plural, in English and French: policies -> policy."""
    if plain in _IRREGULAR:
        return _IRREGULAR[plain]
    if len(plain) < _SHORTEST_FOLDED or plain[-1] not in _LAST_LETTERS:
        return plain
    for ending, becomes, shortest in _ENDINGS:
        if plain.endswith(ending) and len(plain) >= shortest:
            return plain[: len(plain) - len(ending)] + becomes
    return plain
