"""A sheet in the desk's style. The same words at the same date make the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

FONTS = Path(__file__).parent / "fonts"
FAMILY = "sans"
MARGIN = 20
INK, FAINT, HAIRLINE, WATERMARK = (24, 28, 36), (100, 108, 120), (208, 212, 219), (236, 232, 232)
HAIRLINE_MM = 0.15
BODY, SMALL, HEADING, TITLE = 9, 7, 11, 18


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table of two columns: what, with a note below it, and how much."""

    label: str
    amount: str
    note: str = ""


class Paper(FPDF):
    """One document, page by page.

    Args:
        made_at: stands in the file as its date, in place of the time of printing.
        watermark: across every page; empty for none.
        footer_text: on every page, before its number.
    """

    def __init__(
        self, title: str, *, made_at: datetime, watermark: str = "", footer_text: str = ""
    ) -> None:
        super().__init__(format="A4")
        self._watermark = watermark
        self._footer_text = footer_text
        self.set_title(title)
        self.set_creation_date(made_at.astimezone(UTC))
        self.set_producer("PATRIOT")
        self.add_font(FAMILY, "", FONTS / "dejavu-sans-regular.ttf")
        self.add_font(FAMILY, "B", FONTS / "dejavu-sans-bold.ttf")
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=MARGIN)
        self.set_draw_color(*HAIRLINE)
        self.set_line_width(HAIRLINE_MM)
        self.add_page()

    def header(self) -> None:
        """Put the watermark under what is written on the page."""
        if self._watermark:
            self.set_font(FAMILY, "B", 64)
            self.set_text_color(*WATERMARK)
            middle_x, middle_y = self.w / 2, self.h / 2
            with self.rotation(45, middle_x, middle_y):
                width = self.get_string_width(self._watermark)
                self.text(middle_x - width / 2, middle_y, self._watermark)
        self._ink(BODY)

    def footer(self) -> None:
        """Number the page."""
        self.set_y(-12)
        self._ink(SMALL, faint=True)
        self.cell(0, 5, f"{self._footer_text} · page {self.page_no()}", align="C")

    def title_line(self, text: str, *, below: str = "") -> None:
        """Write what the document is."""
        self._ink(TITLE, bold=True)
        self._say(text, 9)
        if below:
            self._ink(BODY, faint=True)
            self._say(below)
        self.ln(4)

    def heading(self, text: str) -> None:
        """Begin a section."""
        self.ln(4)
        self._ink(HEADING, bold=True)
        self._say(text, 6)
        self.ln(1)

    def paragraph(self, text: str, *, is_small: bool = False) -> None:
        """Write running text; line breaks are kept."""
        self._ink(SMALL if is_small else BODY, faint=is_small)
        self._say(text)

    def lines(self, lines: Sequence[Line]) -> None:
        """Write a table of labels and amounts."""
        self._ink(BODY)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            first_row_as_headings=False,
            col_widths=(65, 35),
            text_align=("LEFT", "RIGHT"),
            line_height=5,
            padding=1,
        ) as table:
            for line in lines:
                row = table.row()
                row.cell(f"{line.label}\n{line.note}" if line.note else line.label)
                row.cell(line.amount)

    def grid(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], *, widths: Sequence[int]
    ) -> None:
        """Write a table whose first column is text and whose others are amounts."""
        self._ink(SMALL)
        with self.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD"),
            col_widths=tuple(widths),
            text_align=("LEFT", *("RIGHT",) * (len(heads) - 1)),
            line_height=4,
            padding=1,
        ) as table:
            for cells in (heads, *rows):
                row = table.row()
                for cell in cells:
                    row.cell(cell)

    def printed(self) -> bytes:
        """Return the file."""
        return bytes(self.output())

    def _ink(self, size: int, *, bold: bool = False, faint: bool = False) -> None:
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*(FAINT if faint else INK))

    def _say(self, text: str, height: float = 5) -> None:
        self.multi_cell(0, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
