"""The words by which sites in English, French, Italian and their neighbours name what a reader looks for."""

import re

NEXT = re.compile(
    r"(?i)^\W*(?:next(?: page| posts?)?|older(?: posts?| entries| news)?|more (?:news|posts|articles|results)"
    r"|(?:page )?suivante?s?|articles? (?:plus anciens|précédents)|plus anciens|pagina successiva|successiv[aoie]|avanti"
    r"|(?:página )?siguiente|(?:página )?seguinte|próxim[ao]|nächste(?: seite)?|weiter|volgende|nästa|næste|neste|seuraava"
    r"|\u00bb|\u203a|\u2192|>|>>)\W*$"
)
READ_MORE = re.compile(
    r"(?i)^\W*(?:read (?:more|on|full (?:post|story|article)|the (?:full )?(?:post|story|article))|more(?: info\w*| details?)?"
    r"|continue(?: reading)?|view|details?|download|learn more|find out more|full story"
    r"|lire(?: la suite| l.article| plus)?|en savoir plus|suite|plus|voir|consulter|télécharger"
    r"|leggi(?: tutto| di più| l.articolo)?|continua(?: a leggere)?|vai|scopri(?: di più)?|approfondisci|dettagli"
    r"|leer más|ver más|weiterlesen|mehr(?: erfahren)?|lees (?:meer|verder)|läs mer|læs mere|les mer)\W*$"
)
FEED = re.compile(r"(?i)\b(?:rss|atom|json feed|web feed|feeds?|flux(?: rss)?|fil rss|fils? d.information)\b")
# Sections by how surely they hold what was published; the number orders them.
SECTIONS: tuple[tuple[int, "re.Pattern[str]"], ...] = (
    (
        0,
        re.compile(
            r"(?i)^(?:news|newsroom|blog|latest(?: news)?|all news|press releases?|media releases?|news releases?"
            r"|news (?:and|&) (?:blogs?|media|updates|events|stories|announcements)|announcements|updates|articles"
            r"|journal|bulletin|gazette|stories|briefings?"
            r"|actualités?|nouvelles|blogue?|communiqués(?: de presse)?|salle de presse|toutes les actualités"
            r"|notizie|novità|comunicati(?: stampa)?|attualità|news e media|noticias|actualidad|notícias"
            r"|aktuelles|nachrichten|meldungen|pressemitteilungen|nieuws|nyheter|nyheder|uutiset|ajankohtaista)$"
        ),
    ),
    (
        1,
        re.compile(
            r"(?i)\b(?:news|newsroom|blogs?|press|media cent(?:re|er)|announcements|updates|stories|insights"
            r"|journal|bulletin|gazette"
            r"|actualités?|nouvelles|blogue|communiqués|presse|notizie|novità|comunicati|noticias|aktuelles|nyheter)\b"
        ),
    ),
)
SECTION_PATH = re.compile(
    r"(?i)/(?:[a-z]{2}/)?(?:news|newsroom|blogs?|blogue|press|press-releases|media|updates|latest|announcements|stories|articles"
    r"|actualites|nouvelles|communiques|salle-de-presse|notizie|novita|comunicati(?:-stampa)?|noticias|aktuelles|nyheter)"
    r"(?:/(?:all|index|latest))?/?(?:\.html?)?$"
)
LANGUAGES = {
    "english": "en",
    "français": "fr",
    "francais": "fr",
    "italiano": "it",
    "deutsch": "de",
    "español": "es",
    "português": "pt",
    "nederlands": "nl",
    "cymraeg": "cy",
    "gaeilge": "ga",
    "svenska": "sv",
    "suomi": "fi",
    "dansk": "da",
    "norsk": "no",
    "te reo māori": "mi",
    "en": "en",
    "fr": "fr",
    "it": "it",
    "de": "de",
    "es": "es",
    "cy": "cy",
    "eng": "en",
    "fra": "fr",
    "ita": "it",
}
# Parts of class names and ids of what stands around a page's own content.
AROUND = frozenset(
    {
        "menu",
        "nav",
        "navbar",
        "navigation",
        "breadcrumb",
        "breadcrumbs",
        "footer",
        "sidebar",
        "related",
        "share",
        "social",
    }
    | {"pager", "pagination", "paginator", "cookie", "cookies", "languages", "skip", "toolbar", "topbar", "masthead"}
    | {"tags", "tagcloud", "widget", "banner"}
)
