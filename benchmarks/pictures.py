"""Draws docs/pictures: a digest as an e-mail (wide, narrow, dark), as Slack shows it, and as plain text.

`python -m benchmarks.pictures`, or `make pictures`. Needs Chromium; CHROMIUM names it where it is not on the path.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path

from crawler.source import SourceKind
from monitor.digest import AlertItem, Coverage, Telling, Unread, describe_coverage
from monitor.mail import wrap
from monitor.message import Frame, Message, compose

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
AT = datetime(2017, 10, 16, 7, tzinfo=UTC)
MOST_BYTES = 150_000
SLACK = """<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0; padding: 16px 20px; font: 15px/1.47 Lato, "Noto Sans", Helvetica, Arial, sans-serif; color: #1d1c1d; }
.who { font-weight: 900; } .app { font-size: 10px; background: #e8e8e8; padding: 1px 3px; border-radius: 2px; color: #616061; }
.at { font-size: 12px; color: #616061; } .row { display: flex; gap: 10px; }
.face { width: 36px; height: 36px; border-radius: 6px; background: #1257a8; color: #fff; font-weight: 700; text-align: center; line-height: 36px; flex: none; }
h1 { font-size: 18px; margin: 6px 0 8px; } a { color: #1264a3; text-decoration: none; }
blockquote { margin: 4px 0; padding-left: 12px; border-left: 4px solid #ddd; } .body { white-space: pre-wrap; }
</style><div class="row"><div class="face">g</div><div><span class="who">govwatch</span> <span class="app">APP</span>
<span class="at">07:00</span><h1>%s</h1><div class="body">%s</div></div></div>"""
PLAIN = """<!DOCTYPE html><meta charset="utf-8"><style>
body { margin: 0; padding: 16px 20px; font: 14px/1.45 "DejaVu Sans Mono", monospace; color: #1d2125; white-space: pre-wrap; overflow-wrap: anywhere; }
b { font-weight: 600; } hr { border: 0; border-top: 1px solid #ccc; }
</style><b>Subject:</b> %s<hr>%s"""

# Chromium has no window narrower than 500 pixels; a telephone has.
NARROW = """<!DOCTYPE html><meta charset="utf-8"><body style="margin:0;background:#8a949e;text-align:center">
<iframe style="border:0;width:380px;height:1300px" srcdoc="%s"></iframe>"""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture: the page it is of, and the window it is looked at in."""

    name: str
    page: str
    width: int
    height: int
    dark: bool = False


def main() -> int:
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("no Chromium found: name it in CHROMIUM\n")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    for picture in list_pictures(write_digest()):
        draw(picture, chromium)
        size = (FOLDER / picture.name).stat().st_size
        sys.stdout.write(f"{picture.name}: {size // 1000} kB\n")
        if size > MOST_BYTES:
            return 1
    return 0


def draw(picture: Picture, chromium: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(picture.page, encoding="utf-8")
        command = [
            chromium,
            *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile"),
            f"--blink-settings=preferredColorScheme={0 if picture.dark else 1}",
            f"--window-size={picture.width},{picture.height}",
            f"--screenshot={FOLDER / picture.name}",
            page.as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


def list_pictures(message: Message) -> list[Picture]:
    html = message.html
    plain = PLAIN % (escape(message.subject), escape(wrap(message.text)))
    slack = SLACK % (escape(message.subject), show_mrkdwn(message.mrkdwn))
    return [
        Picture(name="mail-wide.png", page=html, width=900, height=985),
        Picture(name="mail-narrow.png", page=NARROW % escape(html), width=500, height=1300),
        Picture(name="mail-dark.png", page=html, width=900, height=985, dark=True),
        Picture(name="mail-plain.png", page=plain, width=820, height=1020),
        Picture(name="slack.png", page=slack, width=820, height=770),
    ]


def show_mrkdwn(text: str) -> str:
    """Slack's mrkdwn as a browser shows it: the signs that Slack acts on, and no others."""
    text = re.sub(r"<([^|>]+)\|([^>]*)>", r'<a href="\1">\2</a>', text.strip())
    text = re.sub(r"\*([^*\n]+)\*", r"<b>\1</b>", text)
    return re.sub(r"^&gt; (.*)\n|^> (.*)\n", r"<blockquote>\1\2</blockquote>", text, flags=re.MULTILINE)


def write_digest() -> Message:
    unread = Unread(
        name="Harbour Exchange", state="unreachable", last_read_at=datetime(2017, 10, 12, tzinfo=UTC), is_failing=True
    )
    coverage = Coverage(since=datetime(2017, 10, 13, 7, tzinfo=UTC), sources=106, unread=(unread,))
    frame = Frame(
        foot=describe_coverage(coverage, at=AT, zone="Europe/London"),
        channel="policy-team",
        contact="govwatch@example.org",
    )
    (message,) = compose(_write_items(), frame=frame)
    return message


def _write_items() -> list[AlertItem]:
    press = ("Civic Ledger", "Public Sector Weekly", "The Digital Record", "Transatlantic Review")
    also = tuple(
        Telling(
            title=title,
            url=f"https://press.example/{number}",
            outlet=outlet,
            kind=SourceKind.TRADE_PRESS,
        )
        for number, (outlet, title) in enumerate(
            zip(
                press,
                (
                    "Two capitals, one way of building services",
                    "What the digital pact means for suppliers",
                    "London and Ottawa to share code",
                    "A pact for the digital state",
                ),
                strict=True,
            )
        )
    )
    return [
        AlertItem(
            alert_id=1,
            watch="Digital agreements between governments",
            title="UK and Canada sign a memorandum of understanding on digital government",
            url="https://service-notes.example/2017/10/uk-and-canada",
            outlet="Service Notes",
            country="GB",
            published_on=date(2017, 10, 13),
            first_seen_at=AT,
            kind=SourceKind.GOVERNMENT_BLOG,
            story="1",
            also=also,
            terms=("memorandum of understanding",),
            snippet=(
                ("The two governments have signed a ", False),
                ("memorandum of understanding", True),
                (" on digital services: they will share code, research and people, and meet every six months.", False),
            ),
            in_title=True,
        ),
        AlertItem(
            alert_id=2,
            watch="Digital agreements between governments",
            title="Une lettre d’intention pour l’identité numérique",
            url="https://carnet-boreal.example/2017/10/lettre",
            outlet="Carnet boréal",
            country="CA",
            published_on=date(2017, 10, 14),
            first_seen_at=AT,
            kind=SourceKind.NEWSROOM,
            story="2",
            terms=("letter of intent", "numérique"),
            snippet=(
                ("Les deux ministères ont signé une ", False),
                ("lettre d’intention", True),
                (" : l’identité ", False),
                ("numérique", True),
                (" de l’un vaudra chez l’autre dès l’an prochain.", False),
            ),
        ),
        AlertItem(
            alert_id=3,
            watch="Consultations",
            title="Closing date of the consultation on data sharing moved to 30 November",
            url="https://maple-newsroom.example/consultation",
            outlet="Maple newsroom",
            country="CA",
            published_on=None,
            first_seen_at=datetime(2017, 10, 15, tzinfo=UTC),
            kind=SourceKind.NEWSROOM,
            story="3",
            terms=("consultation",),
            snippet=(("The ", False), ("consultation", True), (" now closes on 30 November.", False)),
            in_title=True,
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
