"""Takes out of a page what stands in its main part and is no part of its text: page details, share links, offers, more news.

Such things change without the text (R18, R20): "Date modified", the latest headlines, an advertisement. What could be the
text itself stays: an element with a heading of level one, or with more than a few sentences in it.
"""

import re
from copy import deepcopy
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

MOST_CHARS = 1500
MOST_FORM_CHARS = 500
MOST_LINE_CHARS = 200
MOST_COUNTER_CHARS = 60
EDGE_LINES = 3

# Names of classes and ids, whole. The design systems of governments first: each is used by hundreds of sites.
NAMES = frozenset(
    {"pagedetails", "wb-dtmd"}  # Canada.ca (wet-boew.github.io)
    | {
        "gem-c-published-dates",
        "app-c-published-dates",
        "gem-c-share-links",
        "gem-c-single-page-notification-button",
        "gem-c-feedback",
    }  # GOV.UK
    | {"gem-c-contextual-sidebar", "gem-c-cookie-banner", "gem-c-metadata"}
    | {"fr-share", "fr-breadcrumb", "fr-cookie"}  # France (systeme-de-design.gouv.fr)
    | {"cmp-rating", "cmp-breadcrumbs"}  # Italy (designers.italia.it)
    | {"usa-banner", "usa-identifier"}  # United States (designsystem.digital.gov)
    # WordPress and its plug-ins, and the trade press
    | {"sharedaddy", "jp-relatedposts", "comments-area", "commentlist", "comment-respond", "post-navigation"}
    | {"ad", "ads", "advert", "advertisement", "mpu", "leaderboard", "ad-slot", "ad-container", "sponsored", "promo"}
    | {"newsletter-signup", "newsletter-box", "newsletter", "paywall", "subscribe-box", "social-share", "share-links"}
    | {"author-bio", "author-box", "author-card", "about-the-author", "about-author"}
    | {"next-story", "related-posts", "related-articles", "related-stories"}
    | {"wp-block-jetpack-subscriptions", "mc_embed_signup", "subscription-widget-wrap", "newsletter-form"}
    | {"toc_container", "ez-toc-container", "lwptoc"}
    | {"hits", "statistics-counter", "statistics_counter", "post-views"}  # Joomla, Drupal, WordPress
    | {"feedback", "page-feedback", "site-feedback", "feedback-form", "ds_feedback", "nsw-feedback", "gc-pg-hlpfl"}
)
# What asks for consent to cookies, by the programs that most sites use for it: whatever its size, no text of the page.
CONSENT = frozenset(
    {"onetrust-consent-sdk", "onetrust-banner-sdk", "onetrust-pc-sdk", "tarteaucitronroot", "iubenda-cs-banner"}
    | {"cybotcookiebotdialog", "didomi-host", "usercentrics-root", "axeptio_overlay", "klaro", "orejime", "cc-window"}
    | {"cookie-notice", "cookie-law-info-bar", "cmplz-cookiebanner-container", "moove_gdpr_cookie_info_bar"}
    | {"eu-cookie-compliance-banner", "hs-eu-cookie-confirmation", "global-cookie-message", "cookie-banner"}
    | {"cookie-consent", "cookieconsent", "cookies-banner", "cookie-bar", "cookie-message", "cookiebanner"}
)
HEADING = re.compile(
    r"(?i)(?:most (?:read|popular|viewed|shared)|(?:related|similar|recommended) ?(?:content|stories|articles|posts|news|topics|reading)?(?: and links)?"
    r"|more (?:like this|stories|news|from .{1,60})|you (?:may|might) (?:also )?(?:like|be interested in)|recommended (?:for you|from .{1,60})"
    r"|read (?:next|more)|(?:latest|top|trending) (?:news|stories|posts|articles)|share (?:this|this page|this article|on)|sharing and comments"
    r"|(?:\d+ )?comments?|have your say|leave a (?:comment|reply)|sign up .{0,60}|subscribe .{0,60}|stay (?:connected|informed)|upcoming events"
    r"|(?:was|is) this (?:page|article|information|content) (?:helpful|useful)|did you find what you were looking for"
    r"|(?:rate|improve) this page|updates to this page|(?:give|page|your) feedback|in this story|sponsored|advertisement"
    r"|dans la même rubrique|à lire (?:aussi|également)|sur le même sujet|articles? (?:liés?|connexes?|similaires?)|partager.{0,20}|les plus lus"
    r"|cette page vous a-t-elle été utile|vous a-t-elle été utile"
    r"|correlati|leggi anche|articoli correlati|notizie correlate|potrebbe interessarti.{0,20}|condividi.{0,20}|i più letti|lascia un commento"
    r"|quanto sono chiare .{0,60}|(?:questa pagina )?(?:ti )?è stata utile.{0,30}"
    r"|das könnte sie auch interessieren|weitere (?:nachrichten|meldungen|artikel)|mehr zum thema|(?:seite )?teilen|war diese seite hilfreich"
    r"|(?:noticias|artículos|contenidos?) relacionad[oa]s?|te puede interesar|compartir.{0,20}|lo más (?:leído|visto)"
    r"|(?:notícias|artigos|conteúdos?) relacionad[oa]s?|(?:leia|veja) também|compartilh[ae].{0,20}|esta página foi útil.{0,20})\W*"
)
LINE = re.compile(
    r"(?i)\W*(?:advertisement|anzeige|publicité|pubblicità|share(?: this(?: page| article)?)?|partager(?: la page| cette page)?|partagez cette page"
    r"|condividi|print(?: this page)?|imprimer|stampa|listen(?: to this article)?|read more|lire la suite|leggi tutto|back to top|return to top"
    r"|haut de page|torna su|skip to (?:main )?content|passer au contenu(?: principal)?|report a problem on this page"
    r"|signaler un problème sur cette page|\d+ min(?:ute)?s?(?: read)?(?:\s*[·•|]\s*.{5,16}\b20\d\d)?|article continues (?:below|after) .{0,40}"
    r"|(?:(?:this )?page (?:was )?)?(?:last|date) (?:modified|updated|reviewed|changed)\W.{0,40}"
    r"|(?:dernière mise à jour|date de modification|ultimo aggiornamento|zuletzt aktualisiert|última actualización)\W.{0,40}"
    r"|(?:copyright )?©.{0,160}|(?:sorry\W+)?(?:please |you need to )?(?:turn on|enable) javascript .{0,80}"
    r"|(?:please )?(?:log|sign) ?in(?: or (?:register|sign up|join))? to (?:post|leave|add|write|view) (?:a )?comments?"
    r"|(?:connectez-vous|se connecter) pour (?:poster|publier|laisser|ajouter) (?:des|un) commentaires?"
    r"|(?:accedi|effettua il login) per (?:poter )?(?:commentare|inserire commenti|pubblicare commenti)"
    r"|(?:inicie|inicia) sesión para (?:enviar|publicar|dejar|comentar)(?: (?:un )?comentarios?)?"
    r"|(?:melden sie sich an|anmelden)\W+um (?:kommentare|einen kommentar) .{0,30}"
    r"|(?:this|our|the) \w+ (?:requires|needs) javascript.{0,60}"
    r"|(?:related|read more|read next|also read|related (?:story|article|content)|more on this(?: story)?|à lire aussi|lire aussi|leggi anche"
    r"|lesen sie auch|mehr zum thema|lea también|leia também|lees ook)\s?:.{0,160})\W*"
)
# How often a page was read or liked: another figure, and so another version, each time that it is read again. A million is
# a figure of the text.
COUNTER = re.compile(
    r"(?i)\W*(?:(?:(?:page )?(?:views?|hits|visits|reads)|read count|vues|visite|visualizzazioni|letture|visitas|vistas|lecturas"
    r"|leituras|visualizações|acessos|aufrufe|zugriffe|wyświetleń|odsłony|просмотр(?:ов|ы)|lượt xem|okunma|görüntülenme"
    r"|조회수?|閲覧数|阅读(?:次数|量|数)?|浏览(?:次数|量|数)|访问(?:次数|量)|点击(?:次数|量|数|率)|瀏覽(?:次數|人次|數)|點閱(?:次數|人次|數))"
    r"\s*(?:[:\uff1a]\s*|(?!20\d\d\b))\d(?:[.,\s]*\d){0,5}\s*k?(?:次|회)?|(?:leído|visto|lido|lu) \d[\d.,]* (?:veces|vezes|fois)"
    r"|\d(?:[.,\s]*\d){0,5}\s?k? (?:(?:page )?views?|hits|visits|reads|vues|visualizzazioni|visualizações|aufrufe|просмотр\w*)"
    r"|\d+ (?:(?:out )?of \d+ )?(?:people|users|readers|visitors) (?:have )?found this (?:\w+ )?(?:helpful|useful))\W*"
)
# Most pages have none of the names, and their attributes are read much faster than the elements that bear them.
_CLASSES = etree.XPath("/html/body//@class", smart_strings=False)
_IDS = etree.XPath("/html/body//@id", smart_strings=False)
_NAMED = etree.XPath("//body//*[@class or @id]")
_MAIL_FIELDS = etree.XPath("/html/body/descendant::input[@type='email']")
_HAS_TITLE = etree.XPath("boolean(self::h1 or .//h1)")
HEADINGS = ("h2", "h3", "h4", "h5")
CONTAINERS = frozenset({"div", "section", "aside", "ul", "nav", "footer"})


def without_clutter(tree: HtmlElement) -> HtmlElement:
    """`tree` itself where there is none, else a copy without it."""
    if not _find_clutter(tree):
        return tree
    copied = deepcopy(tree)
    for element in _find_clutter(copied):
        if element.getparent() is not None:
            element.drop_tree()
    return copied


def without_clutter_lines(text: str) -> str:
    """`text` without the lines that say nothing of their own."""
    lines = [line for line in text.split("\n") if not is_clutter(line)]
    counters = _find_counters(lines)
    return "\n".join(line for number, line in enumerate(lines) if number not in counters)


def is_clutter(line: str) -> bool:
    """Whether a line of text says nothing but what stands around texts, wherever it stands."""
    return len(line) <= MOST_LINE_CHARS and LINE.fullmatch(line) is not None


def is_counter(line: str) -> bool:
    """Whether a line says how often something was read or liked."""
    return len(line) <= MOST_COUNTER_CHARS and COUNTER.fullmatch(line) is not None


def _find_counters(lines: list[str]) -> set[int]:
    """The places of the lines that count the readers of the page, which stand before or behind its text.

    In the midst of a text, in a list or beside one another such lines are what the text is about.
    """
    found = {number for number, line in enumerate(lines) if is_counter(line)}
    edges = {*range(EDGE_LINES), *range(len(lines) - EDGE_LINES, len(lines))}
    return {
        number
        for number in found & edges
        if not lines[number].startswith("- ") and found.isdisjoint((number - 1, number + 1))
    }


def _find_clutter(tree: HtmlElement) -> list[HtmlElement]:
    said = _CLASSES(tree) + _IDS(tree)
    named = [one for one in _NAMED(tree) if _is_named(one)] if any(map(_has_name, said)) else []
    blocks = [block for heading in tree.iter(*HEADINGS) if (block := _find_block(heading)) is not None]
    forms = [form for field in _MAIL_FIELDS(tree) if (form := _find_form(field)) is not None]
    return [element for element in [*named, *blocks, *forms] if not _may_be_text(element)]


@lru_cache(maxsize=4096)
def _has_name(said: str) -> bool:
    words = said.lower().split()
    return not (NAMES.isdisjoint(words) and CONSENT.isdisjoint(words))


def _is_named(element: HtmlElement) -> bool:
    return _has_name(element.get("class") or "") or _has_name(element.get("id") or "")


def _find_block(heading: HtmlElement) -> HtmlElement | None:
    """The container that a heading opens, where the heading says that more of the site follows."""
    parent = heading.getparent()
    if parent is None or parent.tag not in CONTAINERS or heading.getprevious() is not None:
        return None
    return parent if HEADING.fullmatch(" ".join(heading.text_content().split())) else None


def _find_form(field: HtmlElement) -> HtmlElement | None:
    """All that offers to send mail to the address that is asked for: the largest short block around the field."""
    found = None
    for ancestor in field.iterancestors("div", "section", "aside", "form", "fieldset"):
        if len(ancestor.text_content()) > MOST_FORM_CHARS:
            break
        found = ancestor
    return found


def _may_be_text(element: HtmlElement) -> bool:
    if element.tag in {"body", "html", "main"} or _HAS_TITLE(element):
        return True
    return len(element.text_content()) > MOST_CHARS and not _asks_for_consent(element)


def _asks_for_consent(element: HtmlElement) -> bool:
    said = f"{element.get('class') or ''} {element.get('id') or ''}".lower().split()
    return not CONSENT.isdisjoint(said)
