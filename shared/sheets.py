"""An XLSX that is sent while it is written, row by row: numbers are numbers, all else is text and never a formula."""

from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from shared.spreadsheets import COLUMN_WIDTH, Column, as_text
from shared.zips import ZipStream

MOST_ROWS_OF_A_SHEET = 1_000_000
"""A sheet holds 1,048,576; what goes beyond is on the next one."""
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGED = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
BEGIN = (
    f'{XML}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    f'<sheetFormatPr defaultColWidth="{COLUMN_WIDTH}" defaultRowHeight="15"/><sheetData>'
)
END = "</sheetData></worksheet>"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
"""0 is of cells, 1 of headings: bold, both languages on as many lines as they need."""


class SheetStream:
    """Takes batches of rows; each call gives the bytes that are finished by it."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._zip = ZipStream()
        self._titles = [column.title for column in columns]
        self._sheets = 0
        self._rows = MOST_ROWS_OF_A_SHEET

    def rows(self, rows: Iterable[Sequence[object]]) -> bytes:
        """Write some rows."""
        lines: list[str] = []
        for row in rows:
            if self._rows >= MOST_ROWS_OF_A_SHEET:
                self._write("".join(lines))
                lines = []
                self._begin_sheet()
            lines.append(_line(row))
            self._rows += 1
        self._write("".join(lines))
        return self._zip.taken()

    def close(self) -> bytes:
        """End the sheet and write what holds the sheets together."""
        if not self._sheets:
            self._begin_sheet()
        self._write(END)
        numbers = range(1, self._sheets + 1)
        for name, content in _frame(numbers).items():
            self._zip.add(name, (XML + content).encode())
        self._zip.close()
        return self._zip.taken()

    def _begin_sheet(self) -> None:
        if self._sheets:
            self._write(END)
        self._sheets += 1
        self._rows = 1
        self._zip.begin(f"xl/worksheets/sheet{self._sheets}.xml")
        self._write(BEGIN + _heading(self._titles))

    def _write(self, text: str) -> None:
        if text:
            self._zip.write(text.encode())


def _line(row: Sequence[object]) -> str:
    return f"<row>{''.join(map(_cell, row))}</row>"


def _heading(titles: Sequence[str]) -> str:
    return f"<row>{''.join(map(_cell, titles))}</row>".replace("<c ", '<c s="1" ')


def _cell(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"<c><v>{as_text(value)}</v></c>"
    text = as_text(value)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>' if text else "<c/>"


def _frame(numbers: Sequence[int]) -> dict[str, str]:
    sheets = "".join(f'<sheet name="ISAF {number}" sheetId="{number}" r:id="rId{number}"/>' for number in numbers)
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{RELATED}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{KIND}.worksheet+xml"/>'
        for number in numbers
    )
    return {
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATED}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGED}/relationships">{links}'
        f'<Relationship Id="rIdS" Type="{RELATED}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "_rels/.rels": f'<Relationships xmlns="{PACKAGED}/relationships"><Relationship Id="rId1"'
        f' Type="{RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'<Types xmlns="{PACKAGED}/content-types"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>{types}'
        f'<Override PartName="/xl/styles.xml" ContentType="{KIND}.styles+xml"/></Types>',
    }
