"""Whether a PDF says what the JSON of its package says.

A PDF stores glyphs; the text behind shaped scripts cannot be taken out of it exactly. So the bodies of plain scripts
are compared with the JSON itself, and the text of every page with a fresh print of the same JSON.
"""

import io
import re
from collections.abc import Iterator

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from venetic.packages._document import Package
from venetic.packages._fault import Fault
from venetic.packages._pdf import ATTACHMENT, to_pdf
from venetic.packages._view import PackageView, QuoteView, view

_BLANKS = re.compile(r"[\s\u200b\u00ad]+")
_PLAIN = re.compile(
    r"[\x21-\x7e\u00c0-\u00ff\u0391-\u03c9\u0410-\u044f\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\s]*\Z"
)


def check_pdf(package: Package, data: bytes, pdf: bytes) -> Iterator[Fault]:
    """Compare a PDF with the package and with `data`, the JSON file it must carry.

    Looks at the attachment, the marking and EXERCISE on every page, every message id and plain body in order, and
    the text of each page against a fresh print.
    """
    try:
        reader = PdfReader(io.BytesIO(pdf))
        attached = reader.attachments.get(ATTACHMENT, [])
        pages = [page.extract_text() for page in reader.pages]
    except (PyPdfError, ValueError, KeyError, TypeError) as error:
        yield Fault("the PDF", f"cannot be read: {type(error).__name__}")
        return
    if list(attached) != [data]:
        yield Fault("the PDF", "does not carry this JSON")
    shown = view(package)
    yield from _check_pages(shown, pages)
    yield from _check_quotes(shown, "".join(_inner(shown, page) for page in pages))
    fresh = to_pdf(package)
    if fresh != pdf:
        yield from _check_against(pages, [page.extract_text() for page in PdfReader(io.BytesIO(fresh)).pages])


def _check_pages(shown: PackageView, pages: list[str]) -> Iterator[Fault]:
    for number, page in enumerate(pages, 1):
        text = _squeeze(page)
        if _is_plain(shown.marking) and (
            not text.startswith(_squeeze(shown.marking)) or not text.endswith(_squeeze(shown.marking))
        ):
            yield Fault(f"page {number}", "does not carry the marking top and bottom")
        if shown.exercise and "EXERCISE" not in text:
            yield Fault(f"page {number}", "does not say EXERCISE")
    if not pages or _squeeze("WORKING DRAFT" + shown.warning) not in _squeeze(pages[0]):
        yield Fault("page 1", "does not say that this is a working draft")


def _check_quotes(shown: PackageView, text: str) -> Iterator[Fault]:
    start = 0
    for part in shown.conversations:
        for quote in part.extracts:
            found = text.find(_squeeze(quote.message), start)
            said = text.find(_expected(quote), max(found, start))
            if found < 0 or said < 0:
                yield Fault(
                    f"the PDF, {quote.heading.lower()}", "the message id or the quoted text is not as in the JSON"
                )
            else:
                start = said


def _expected(quote: QuoteView) -> str:
    body = quote.note if quote.body is None else "".join(line.flat() for line in quote.body)
    return _squeeze((body if _is_plain(body) else "") + quote.sources[0])


def _check_against(pages: list[str], fresh: list[str]) -> Iterator[Fault]:
    if len(pages) != len(fresh):
        yield Fault("the PDF", f"has {len(pages)} pages; the JSON prints {len(fresh)}")
    for number, (page, printed) in enumerate(zip(pages, fresh, strict=False), 1):
        if _squeeze(page) != _squeeze(printed):
            yield Fault(f"page {number}", "does not read as the JSON prints it")


def _inner(shown: PackageView, page: str) -> str:
    """Return a page's text without its header and footer."""
    text = _squeeze(page)
    head = _squeeze(shown.marking + ("EXERCISE" if shown.exercise else ""))
    foot = text.rfind(_squeeze(shown.footer))
    return text.removeprefix(head)[: foot - len(head) if foot >= 0 and text.startswith(head) else None]


def _squeeze(text: str) -> str:
    return _BLANKS.sub("", text)


def _is_plain(text: str) -> bool:
    return _PLAIN.match(text) is not None
