"""Listing pages as many kinds of site build them, written by us, and what each of them lists."""

from collections.abc import Sequence
from dataclasses import dataclass

TITLES = (
    "A common platform for digital identity is opened to all departments",
    "Two governments agree to share what they build in the open",
    "The service standard is revised after a year of assessments",
    "Fewer forms for people who move house between provinces",
    "How we test services with people who do not use them",
    "Pilot of the wallet begins in three regions this autumn",
)
FRENCH = (
    "Une plateforme commune pour l’identité numérique ouverte à tous",
    "Deux gouvernements s’entendent pour partager ce qu’ils construisent",
    "La norme de service est révisée après un an d’évaluations",
    "Moins de formulaires pour les personnes qui déménagent",
    "Comment nous testons les services avec celles et ceux qui ne s’en servent pas",
    "Le projet pilote du portefeuille débute dans trois régions",
)
ITALIAN = (
    "Una piattaforma comune per l’identità digitale aperta a tutti",
    "Due governi decidono di condividere ciò che costruiscono",
    "Lo standard dei servizi è rivisto dopo un anno di valutazioni",
    "Meno moduli per chi cambia casa tra una regione e l’altra",
    "Come proviamo i servizi con chi non li usa ancora",
    "La sperimentazione del portafoglio comincia in tre regioni",
)
DAYS = ("2023-10-30", "2023-10-03", "2023-09-14", "2023-08-24", "2023-07-04", "2023-06-29")
ENGLISH_DAYS = (
    "30 October 2023",
    "3 October 2023",
    "14 September 2023",
    "24 August 2023",
    "4 July 2023",
    "29 June 2023",
)
US_DAYS = ("Oct 30, 2023", "Oct 3, 2023", "Sep 14, 2023", "Aug 24, 2023", "Jul 4, 2023", "Jun 29, 2023")
FRENCH_DAYS = (
    "30 octobre 2023",
    "3 octobre 2023",
    "14 septembre 2023",
    "24 août 2023",
    "4 juillet 2023",
    "29 juin 2023",
)
ITALIAN_DAYS = (
    "30 ottobre 2023",
    "3 ottobre 2023",
    "14 settembre 2023",
    "24 agosto 2023",
    "4 luglio 2023",
    "29 giugno 2023",
)
NUMERIC_DAYS = ("30/10/2023", "03/10/2023", "14/09/2023", "24/08/2023", "04/07/2023", "29/06/2023")

MENU = """<header class="site-header"><nav class="main-menu"><ul>
<li><a href="/">Home</a></li><li><a href="/about/">About us</a></li><li><a href="/news/">News</a></li>
<li><a href="/services/">All of our services for citizens</a></li><li><a href="/contact/">Contact</a></li></ul></nav></header>"""
ASIDE = """<aside class="sidebar"><h2>Most read this month</h2><ul>
<li><a href="/news/most-1">A story which everybody has read already, one</a></li>
<li><a href="/news/most-2">A story which everybody has read already, two</a></li>
<li><a href="/news/most-3">A story which everybody has read already, three</a></li>
<li><a href="/news/most-4">A story which everybody has read already, four</a></li>
<li><a href="/news/most-5">A story which everybody has read already, five</a></li></ul></aside>"""
FOOTER = """<footer class="site-footer"><ul><li><a href="/privacy/">Privacy and what we do with data</a></li>
<li><a href="/terms/">Terms and conditions of this site</a></li><li><a href="/a11y/">Accessibility statement of ours</a></li></ul></footer>"""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """One way of building a listing. `rows` are the selectors that will do."""

    name: str
    page: str
    titles: Sequence[str] = TITLES
    days: Sequence[str] | None = DAYS
    language: str = "en"
    next_url: str | None = None
    base: str = "/news/"

    def addresses(self, host: str) -> list[str]:
        return [f"{host}{self.base}{number}-{slug(title)}" for number, title in enumerate(self.titles, start=1)]


DATED_ITEM = '<li><a href="{url}">{title}</a> <i>{day}</i></li>'


def slug(title: str) -> str:
    return "-".join(
        "".join(char for char in word if char.isascii() and char.isalnum()) for word in title.lower().split()[:5]
    )


def build(
    template: str, *, titles: Sequence[str] = TITLES, days: Sequence[str] = ENGLISH_DAYS, base: str = "/news/"
) -> str:
    """A row for each title: `{url}`, `{title}`, `{day}`, `{iso}`, `{number}` and `{summary}` are filled in."""
    return "\n".join(
        template.format(
            url=f"{base}{number}-{slug(title)}", title=title, day=day, iso=iso, number=number,
            summary=f"In short: {title.lower()}, as of <a href='/glossary/'>today</a>, and what it means for you.",
        )
        for number, (title, day, iso) in enumerate(zip(titles, days, DAYS, strict=True), start=1)
    )  # fmt: skip


def page(content: str, *, language: str = "en", head: str = "") -> str:
    return (
        f'<!doctype html><html lang="{language}"><head><title>News - Office of Digital Services</title>{head}</head>'
        f'<body class="page-news">{MENU}<main id="main-content"><h1>News</h1>{content}</main>{ASIDE}{FOOTER}</body></html>'
    )


def write_by_hand(content: str) -> str:
    return (
        "<html lang=en><head><title>Press notices</title></head><body><h1>Press notices</h1>"
        f"<p><a href='/'>Home</a> | <a href='/about.htm'>About</a></p>{content}<hr><p><a href='/contact.htm'>Contact</a></p></body></html>"
    )


LAYOUTS = (
    Layout(
        name="a list with classes and time elements",
        page=page(
            '<ol class="news-list">'
            + build(
                '<li class="news-item"><h3><a href="{url}">{title}</a></h3><time datetime="{iso}">{day}</time><p>{summary}</p></li>'
            )
            + '</ol><a rel="next" href="?page=2">Next</a>'
        ),
        next_url="/news/?page=2",
    ),
    Layout(
        name="a table with the date in its first column",
        page=page(
            "<table class='releases'><thead><tr><th>Date</th><th>Title</th><th>Office</th></tr></thead><tbody>"
            + build(
                "<tr><td>{day}</td><td><a href='{url}'>{title}</a></td><td>Office of the Commissioner</td></tr>",
                days=US_DAYS,
            )
            + "</tbody></table>"
        ),
    ),
    Layout(
        name="a table without head or names",
        page=page(
            "<table><tr><th>Date</th><th>Title</th></tr>"
            + build("<tr><td>{day}</td><td><a href='{url}'>{title}</a></td></tr>")
            + "</table>"
        ),
    ),
    Layout(
        name="cards that are links as a whole, with names made by a tool",
        page=page(
            '<div class="css-1q2w3e4 grid grid-cols-3">'
            + build(
                '<article class="Card_root__Xy12Z"><a class="sc-bdVaJa hQzKfP" href="{url}"><img src="/i.png" alt=""><div class="css-8f7d6s">'
                '<span class="css-0a9b8c">{day}</span><h2>{title}</h2><p>In short: what it means.</p></div></a></article>'
            )
            + "</div>"
        ),
    ),
    Layout(
        name="cards with a link to read more and a label",
        page=page(
            '<div class="cards">'
            + build(
                '<div class="card"><div class="card-label"><a href="/topics/identity/">Identity</a></div><div class="card-title">{title}</div>'
                '<div class="card-date">{day}</div><p>{summary}</p><a class="button" href="{url}">Read more</a></div>'
            )
            + '</div><ul class="pagination"><li class="active"><span>1</span></li><li><a href="/news/page/2/">2</a></li>'
            '<li><a href="/news/page/3/">3</a></li></ul>'
        ),
        next_url="/news/page/2/",
    ),
    Layout(
        name="a definition list with dates as terms",
        page=page("<dl>" + build('<dt>{day}</dt><dd><a href="{url}">{title}</a></dd>') + "</dl>"),
    ),
    Layout(
        name="a definition list with links as terms",
        page=page('<dl class="archive">' + build('<dt><a href="{url}">{title}</a></dt><dd>{day}</dd>') + "</dl>"),
    ),
    Layout(
        name="headings and paragraphs in one flat column",
        page=page(
            '<div class="content">'
            + build('<h3><a href="{url}">{title}</a></h3><p class="date">{day}</p><p>{summary}</p>')
            + "</div>"
        ),
    ),
    Layout(
        name="French, with a date in a sentence",
        page=page(
            '<div class="view-content">'
            + build(
                '<div class="views-row views-row-{number}"><span class="field-content"><a href="{url}">{title}</a></span>'
                '<span class="date-display">Publié le {day}</span></div>',
                titles=FRENCH,
                days=FRENCH_DAYS,
                base="/actualites/",
            )
            + '</div><nav class="pager"><ul><li class="pager-next"><a href="/actualites/?page=1">Page suivante</a></li></ul></nav>',
            language="fr",
        ),
        titles=FRENCH,
        language="fr",
        base="/actualites/",
        next_url="/actualites/?page=1",
    ),
    Layout(
        name="Italian, with the date before the link in the same item",
        page=page(
            "<ul>"
            + build('<li>{day} - <a href="{url}">{title}</a></li>', titles=ITALIAN, days=ITALIAN_DAYS, base="/notizie/")
            + "</ul>"
            '<a class="next-page" href="/notizie/pagina/2">Successiva</a>',
            language="it",
        ),
        titles=ITALIAN,
        language="it",
        base="/notizie/",
        next_url="/notizie/pagina/2",
    ),
    Layout(
        name="French numeric dates",
        page=page(
            '<section class="liste-actus">'
            + build(
                '<div class="actu"><p class="actu__date">{day}</p><p class="actu__titre"><a href="{url}">{title}</a></p></div>',
                titles=FRENCH,
                days=NUMERIC_DAYS,
                base="/actualites/",
            )
            + "</section>",
            language="fr",
        ),
        titles=FRENCH,
        language="fr",
        base="/actualites/",
    ),
    Layout(
        name="no dates at all",
        page=page('<ul class="listing">' + build('<li><a href="{url}">{title}</a></li>') + "</ul>"),
        days=None,
    ),
    Layout(
        name="rows in groups by year",
        page=page(
            "<h2>Autumn</h2><ul class='group'>"
            + build('<li class="entry"><a href="{url}">{title}</a> <em>{day}</em></li>').replace(
                '<li class="entry"><a href="/news/4',
                '</ul><h2>Summer</h2><ul class="group"><li class="entry"><a href="/news/4',
            )
            + "</ul>"
        ),
    ),
    Layout(
        name="a table written by hand, in which nothing has a name",
        page=write_by_hand(
            "<table border=1><tr><th>Date<th>Subject</tr>"
            + build('<tr><td>{day}</td><td><a href="{url}">{title}</a></td></tr>')
            + "</table>"
        ),
    ),
    Layout(
        name="a form around the page, and another one in front",
        page=write_by_hand(f"<ul>{build(DATED_ITEM)}</ul>")
        .replace("<body>", '<body><form><a href="/help">Help</a><input></form><form id="aspnetForm">')
        .replace("</body>", "</form></body>"),
    ),
    Layout(
        name="a form around most of the page, without a heading of level one",
        page=write_by_hand(f"<form><ul>{build(DATED_ITEM)}</ul></form>").replace("h1>", "b>"),
    ),
    Layout(
        name="definitions written by hand",
        page=write_by_hand("<dl>" + build('<dt>{day}</dt><dd><a href="{url}">{title}</a></dd>') + "</dl>"),
    ),
)
NO_LISTINGS = (
    page("<p>We publish what we do. There is nothing here yet, and much to come.</p>"),
    page(
        '<form><input name="q"></form><p><a href="/news/one">One story</a></p><p><a href="/news/two">Another one</a></p>'
    ),
    page(f"{'<p>We publish what we do.</p>' * 99}<form><ul>{build(DATED_ITEM)}</ul></form>"),
    page("".join(f'<div class="tile"><a href="/service-{n}">Service {n}</a></div>' for n in range(12))),
)
