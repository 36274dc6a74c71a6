"""Writes small PDFs: lines of given sizes at given places, and files that are broken or wicked in a given way."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 595, 842
LEFT = 72
LEADING = 1.2
HELVETICA_WIDTH = 0.5  # of an average letter, as a share of its size
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"


@dataclass(frozen=True, kw_only=True)
class Words:
    """One line on a page, its baseline `y` points above the foot."""

    text: str
    size: float = 11
    x: float = LEFT
    y: float = 700


def lay_out(*parts: str | tuple[str, float], top: float = 760) -> list[Words]:
    """The lines of a page from the top: of 11 points, or as large as is said; an empty one is a gap."""
    lines, y = [], top
    for part in parts:
        text, size = (part, 11.0) if isinstance(part, str) else part
        y -= LEADING * size if text else 0.8 * size
        if text:
            lines.append(Words(text=text, size=size, y=y))
    return lines


def write_pdf(
    *pages: Sequence[Words],
    title: str | None = None,
    created: str | None = None,
    language: str | None = None,
    more: str = "",
) -> bytes:
    """A PDF of these pages. `created` is written as it is; `more` goes into the trailer."""
    contents = [_draw(page) for page in pages]
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    catalog = f"<</Type/Catalog/Pages 2 0 R{f'/Lang({language})' if language else ''}>>".encode()
    objects = [catalog, f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode(), FONT]
    for number, content in enumerate(contents):
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Resources<</Font<</F 3 0 R>>>>/Contents {5 + 2 * number} 0 R>>"
        objects += [page.encode(), make_stream(content)]
    properties = {"Title": title, "CreationDate": created}
    objects.append(
        f"<<{''.join(f'/{key}({_escape(value)})' for key, value in properties.items() if value)}>>".encode("cp1252")
    )
    return assemble(objects, f"/Info {len(objects)} 0 R{more}")


def assemble(objects: Iterable[bytes], trailer: str = "") -> bytes:
    """A file of these objects, the first of which is its catalogue."""
    body, places = b"%PDF-1.7\n", []
    for number, written in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, written)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    end = f"trailer<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{len(body)}\n%%EOF".encode()
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def make_stream(content: bytes, keys: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), keys, content)


def write_bomb(megabytes: int) -> bytes:
    """A page whose content is compressed twice, to almost nothing."""
    packer = zlib.compressobj(9)
    begins = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    goes_on = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)  # knows nothing of what went before
    packed = begins + goes_on * (megabytes - 1)
    page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {WIDTH} {HEIGHT}]/Contents 4 0 R>>".encode()
    content = make_stream(zlib.compress(packed, 9), b"/Filter[/FlateDecode/FlateDecode]")
    return assemble([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page, content])


def lock(body: bytes) -> bytes:
    """`body` as one that asks for a password; no password opens it."""
    keys = f"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O({'o' * 32})/U({'u' * 32})>>/ID[<00><00>]"
    return body.replace(b"/Root 1 0 R", b"/Root 1 0 R" + keys.encode())


def _draw(page: Iterable[Words]) -> bytes:
    drawn = (f"BT /F {one.size} Tf {one.x} {one.y:.1f} Td ({_escape(one.text)}) Tj ET" for one in page)
    return "\n".join(drawn).encode("cp1252")


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
