#!/usr/bin/env python3
"""Makes libreoffice.xlsx, libreoffice.ods, libreoffice-1904.xlsx, libreoffice-1904.ods and their twins.

    apt-get install --no-install-recommends libreoffice-calc-nogui
    python3 tests/workbooks/make/libreoffice.py

Run with LibreOffice 7.4.7 of Debian 12.  A flat OpenDocument file is written here and converted by LibreOffice, which
calculates the formulas.  Sheets: Kinds, with one kind of cell a row; Empty; and Secret, which is hidden.
"""
import pathlib
import subprocess
import tempfile
from xml.sax.saxutils import escape, quoteattr

import twin

NAMESPACES = "".join(f' xmlns:{k}="{v}"' for k, v in {
    **{x: f"urn:oasis:names:tc:opendocument:xmlns:{x}:1.0" for x in ("office", "style", "text", "table")},
    "number": "urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "of": "urn:oasis:names:tc:opendocument:xmlns:of:1.2", "xlink": "http://www.w3.org/1999/xlink",
    "dc": "http://purl.org/dc/elements/1.1/"}.items())

FULL = 'number:style="long"'
YEAR, MONTH, DAY = f"<number:year {FULL}/>", f"<number:month {FULL}/>", f"<number:day {FULL}/>"
HOURS, MINUTES, SECONDS = (f"<number:{x} {FULL}/>" for x in ("hours", "minutes", "seconds"))


def said(text):
    return f"<number:text>{text}</number:text>"


CLOCK = HOURS + said(":") + MINUTES
FORMATS = {  # name: element, its attributes, what is in it
    "iso": ("date-style", "", YEAR + said("-") + MONTH + said("-") + DAY),
    "german": ("date-style", "", f'<number:day/>{said(". ")}<number:month {FULL} number:textual="true"/>{said(" ")}{YEAR}'),
    "american": ("date-style", "", f'<number:month/>{said("/")}<number:day/>{said("/")}<number:year/>'),
    "monthly": ("date-style", "", f'<number:month number:textual="true"/>{said(" ")}<number:year/>'),
    "moment": ("date-style", "", DAY + said(".") + MONTH + said(".") + YEAR + said(" ") + CLOCK + said(":") + SECONDS),
    "clock": ("time-style", "", CLOCK + said(":") + SECONDS),
    "noon": ("time-style", "", f'<number:hours/>{said(":")}{MINUTES}{said(" ")}<number:am-pm/>'),
    "duration": ("time-style", 'number:truncate-on-overflow="false"', CLOCK + said(":") + SECONDS),
    "share": ("percentage-style", "", f'<number:number number:decimal-places="0" number:min-integer-digits="1"/>{said("%")}'),
    "zip": ("number-style", "", '<number:number number:decimal-places="0" number:min-integer-digits="5"/>'),
    "grouped": ("number-style", "", '<number:number number:decimal-places="2" number:min-integer-digits="1" '
                'number:grouping="true"/>'),
    "money": ("currency-style", "", '<number:number number:decimal-places="2" number:min-integer-digits="1" '
              f'number:grouping="true"/>{said(" ")}<number:currency-symbol>€</number:currency-symbol>'),
    "truth": ("boolean-style", "", "<number:boolean/>"),
    "written": ("text-style", "", "<number:text-content/>"),
}


def cell(attributes, content="", style=None, name="table-cell"):
    style = f' table:style-name="{style}"' if style else ""
    return f"<table:{name}{style} {attributes}>{content}</table:{name}>"


def text(value, style=None):
    paragraphs = "".join(f"<text:p>{escape(x)}</text:p>" for x in value.split("\n"))
    return cell('office:value-type="string"', paragraphs, style)


def number(value, style=None, kind="float"):
    return cell(f'office:value-type="{kind}" office:value="{value}"', "", style)


def date(value, style):
    return cell(f'office:value-type="date" office:date-value="{value}"', "", style)


def time(value, style):
    return cell(f'office:value-type="time" office:time-value="{value}"', "", style)


def formula(what, style=None):
    return cell(f'table:formula={quoteattr("of:=" + what)}', "", style)


HIDDEN = ' table:visibility="collapse"'
MERGED = 'office:value-type="string" table:number-columns-spanned="2" table:number-rows-spanned="2"'
RICH = '<text:p>plain <text:span text:style-name="bold">and bold</text:span> again</text:p>'
NOTE = '<office:annotation><dc:creator>Ann</dc:creator><text:p>a remark, no text of the cell</text:p></office:annotation>'
LINK = '<text:p><text:a xlink:type="simple" xlink:href="mailto:ann@example.org">ann@example.org</text:a></text:p>'
SPACED = '<text:p><text:s/>a<text:s text:c="3"/>b c</text:p>'
COVERED = cell("", name="covered-table-cell")

KINDS = [  # what it is, the cell, what must come of it
    ("text with zeros", text("00123"), "00123"),
    ("e-mail, as a link", cell('office:value-type="string"', LINK), "ann@example.org"),
    ("address", text("0x14574a6DFF2Ddf9e07828b4345d3040919AF5652"), "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652"),
    ("whole", number(12), "12"),
    ("negative", number(-7), "-7"),
    ("none", number(0), "0"),
    ("half", number(12.5), "12.5"),
    ("0.1+0.2", formula("0.1+0.2"), "0.3"),
    ("a third", formula("1/3"), "0.333333333333333"),
    ("15 digits", number(999999999999999), "999999999999999"),
    ("16 digits", number(1234567890123456), "1.23456789012346E+15"),
    ("16 digits, text", text("1234567890123456", "written"), "1234567890123456"),
    ("percent", number(0.285, "share", "percentage"), "28.5%"),
    ("all", number(1, "share", "percentage"), "100%"),
    ("grouped", number(1234567.891, "grouped"), "1234567.891"),
    ("money", number(1234.5, "money", "currency"), "1234.5"),
    ("zeros only", number(42, "zip"), "00042"),
    ("zeros only, long", number(1234567, "zip"), "1234567"),
    ("date, ISO", date("2026-11-30", "iso"), "2026-11-30"),
    ("date, German", date("2026-11-30", "german"), "2026-11-30"),
    ("date, American", date("2026-02-28", "american"), "2026-02-28"),
    ("date, month and year", date("2024-02-29", "monthly"), "2024-02-29"),
    ("date-time", date("2026-11-30T15:04:05", "moment"), "2026-11-30T15:04:05"),
    ("time", time("PT15H04M05S", "clock"), "15:04:05"),
    ("time, PM", time("PT15H04M00S", "noon"), "15:04:00"),
    ("duration", time("PT27H15M00S", "duration"), "27:15:00"),
    ("true", cell('office:value-type="boolean" office:boolean-value="true"', "", "truth"), "TRUE"),
    ("false", formula("1=2"), "FALSE"),
    ("no value", formula("NA()"), "#N/A"),
    ("lost", formula('INDIRECT("Gone.A1")'), "#REF!"),
    ("divided", formula("1/0"), "#DIV/0!"),
    ("sum", formula("SUM([.B5:.B8])"), "17.5"),
    ("joined", formula('[.B2]&"-"&[.B5]'), "00123-12"),
    ("empty text", formula('""'), ""),
    ("date, calculated", formula("DATE(2026;11;30)", "iso"), "2026-11-30"),
    ("rich", cell('office:value-type="string"', RICH), "plain and bold again"),
    ("with a remark", cell('office:value-type="string"', NOTE + "<text:p>Bob</text:p>"), "Bob"),
    ("umlauts", text("Jürgen Größe, Đặng, Łukasz"), "Jürgen Größe, Đặng, Łukasz"),
    ("emoji", text("🦊 👩‍👩‍👧 東京"), "🦊 👩‍👩‍👧 東京"),
    ("lines and quotes", text('she said "hi"\nand\n\nleft'), 'she said "hi"\nand\n\nleft'),
    ("blanks", cell('office:value-type="string"', SPACED), " a   b c"),
    ("looks like a formula", text("=1+1"), "=1+1"),
    ("markup", text("<b>&amp;</b> ]]>"), "<b>&amp;</b> ]]>"),
]


def row(cells, attributes=""):
    return f"<table:table-row{attributes}>{''.join(cells)}</table:table-row>"


def kinds():
    """The rows of Kinds, and their twin."""
    rows = [row([text("Kind"), text("Value"), text("Mark")])]
    want = [["Kind", "Value", "Mark"]]
    for i, (what, made, text_of) in enumerate(KINDS):
        mark = "" if i % 3 == 0 else f"m{i}"
        rows.append(row([text(what), made, text(mark) if mark else cell("")]))
        want.append([what, text_of, mark])
    rows += [row([cell('table:number-columns-repeated="3"')], ' table:number-rows-repeated="2"'),
             row([text("merged"), cell(MERGED, "<text:p>over four</text:p>"), COVERED]),
             row([text("under it"), COVERED, COVERED, text("D")]),
             row([text("hidden"), number(1)], HIDDEN),
             row([text("twice"), number(2)], ' table:number-rows-repeated="2"'),
             row([cell('table:number-columns-repeated="4"'), text("E alone")]),
             row([cell('office:value-type="string" table:number-columns-repeated="3"', "<text:p>same</text:p>")]),
             row([cell("")], ' table:number-rows-repeated="300"'),
             row([cell('table:number-columns-repeated="20"'), cell("", style="zip")])]
    want += [[], [], ["merged", "over four"], ["under it", "", "", "D"], ["hidden", "1"], ["twice", "2"], ["twice", "2"],
             ["", "", "", "", "E alone"], ["same"] * 3]
    return rows, want


def table(name, rows, style="shown"):
    return f'<table:table table:name="{name}" table:style-name="{style}"><table:table-column/>{"".join(rows)}</table:table>'


def document(tables, null_date="1899-12-30"):
    formats = "".join(f'<number:{kind} style:name="N-{name}" {attributes}>{content}</number:{kind}>'
                      f'<style:style style:name="{name}" style:family="table-cell" style:data-style-name="N-{name}"/>'
                      for name, (kind, attributes, content) in FORMATS.items())
    styles = (formats + '<style:style style:name="shown" style:family="table"><style:table-properties table:display="true"/>'
              '</style:style><style:style style:name="unseen" style:family="table"><style:table-properties '
              'table:display="false"/></style:style><style:style style:name="bold" style:family="text">'
              '<style:text-properties fo:font-weight="bold"/></style:style>')
    year, month, day = null_date.split("-")
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document{NAMESPACES} office:version="1.3" '
            'office:mimetype="application/vnd.oasis.opendocument.spreadsheet">'
            f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
            f'<table:calculation-settings><table:null-date table:date-value="{year}-{month}-{day}"/>'
            f'</table:calculation-settings>{"".join(tables)}</office:spreadsheet></office:body></office:document>')


NO_PICTURES = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Common/Save/Document">
<prop oor:name="GenerateThumbnail" oor:op="fuse"><value>false</value></prop></item></oor:items>
"""


def convert(name, content, twins):
    with tempfile.TemporaryDirectory() as folder:
        user = pathlib.Path(folder, "profile", "user")
        user.mkdir(parents=True)
        (user / "registrymodifications.xcu").write_text(NO_PICTURES)  # small files
        source = pathlib.Path(folder, f"{name}.fods")
        source.write_text(content, encoding="utf-8")
        for kind in "xlsx", "ods":
            subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", kind,
                            "--outdir", str(twin.FOLDER), str(source)], check=True, stdin=subprocess.DEVNULL, timeout=300)
            for sheet, rows in twins.items():
                twin.write(f"{name}.{kind}", sheet, rows)


def main():
    rows, want = kinds()
    secret = [["Password"], ["none of your business"]]
    convert("libreoffice", document([
        table("Kinds", rows), table("Empty", [row([cell("")])]),
        table("Secret", [row([text(x) for x in r]) for r in secret], "unseen")]), {"Kinds": want, "Secret": secret})
    since_1904 = [(what, made, text_of) for what, made, text_of in KINDS if what.startswith(("date", "time", "duration"))]
    convert("libreoffice-1904", document([
        table("Dates", [row([text("Kind"), text("Value")]), *(row([text(w), m]) for w, m, _ in since_1904)])],
        "1904-01-01"), {"Dates": [["Kind", "Value"], *([w, t] for w, _, t in since_1904)]})


if __name__ == "__main__":
    main()
