#!/usr/bin/env python3
"""Makes by-hand.xlsx and by-hand.ods and their twins, of what no program at hand writes.

    python3 tests/workbooks/make/by_hand.py

by-hand.xlsx is in the manner of Excel: phonetic runs in shared texts and in the cells', shared formulas, cells and rows
without references, dates as texts of type d, texts with _x000D_ escapes and in CDATA, built-in formats by number, a
prefixed namespace, comments and processing instructions between the elements.  by-hand.ods is in the manner of other writers of OpenDocument: rows and cells that repeat and are not empty,
rows in groups and in a header, ruby, tabs and line breaks, a deleted cell among the tracked changes, a shape with a
text.  Sheets: Kinds; of the .ods also Far, whose first row is far down.
"""
import zipfile

import twin

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PHONETIC = '<rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/>'

CONTENT_TYPES = f"""{HEAD}<Types xmlns="{PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
<Override PartName="/xl/sharedStrings.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>
<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>
</Types>"""


def relations(*targets):
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">' + "".join(
        f'<Relationship Id="rId{i + 1}" Type="{REL}/{kind}" Target="{to}"/>' for i, (kind, to) in enumerate(targets)
    ) + "</Relationships>"


SHARED = ["<si><t>Kind</t></si>", "<si><t>Value</t></si>",
          f"<si><t>東京</t>{PHONETIC}</si>",
          f'<si><r><rPr><b/></rPr><t xml:space="preserve">東京 </t></r><r><t>Tower</t></r>{PHONETIC}</si>',
          "<si/>", "<si><t/></si>", "<si><t><![CDATA[a < b & c]]></t></si>",
          "<si><t>first_x000D_\nsecond, _x005F_x000D_</t></si>"]
# cell formats: General, 00000, [h]:mm, h:mm:ss, m/d/yy, m/d/yy h:mm, 0%, and a date of one's own with a text and a color
FORMATS = [(0, None), (164, "00000"), (46, None), (21, None), (14, None), (22, None), (9, None),
           (165, "[Red][$-F800]d\\ mmm&quot; in the year &quot;yyyy;@"), (166, "0&quot;h&quot;"), (49, None)]
STYLES = (f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="3">'
          + "".join(f'<numFmt numFmtId="{i}" formatCode="{code}"/>' for i, code in FORMATS if code)
          + '</numFmts><cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs>'
          + f'<cellXfs count="{len(FORMATS)}">' + "".join(f'<xf numFmtId="{i}" xfId="0"/>' for i, _ in FORMATS) + "</cellXfs>"
          + '<dxfs><dxf><numFmt numFmtId="164" formatCode="yyyy"/></dxf></dxfs></styleSheet>')
XLSX = [  # what it is, the cell, what must come of it
    ("phonetic", '<x:c r="B2" t="s"><x:v>2</x:v></x:c>', "東京"),
    ("phonetic, rich", '<x:c r="B3" t="s"><x:v>3</x:v></x:c>', "東京 Tower"),
    ("phonetic, inline", f'<x:c r="B4" t="inlineStr"><x:is><x:t>東京</x:t>'
     '<x:rPh sb="0" eb="2"><x:t>トウキョウ</x:t></x:rPh></x:is></x:c>', "東京"),
    ("empty texts", '<x:c r="B5" t="s"><x:v>4</x:v></x:c><x:c r="C5" t="s"><x:v>5</x:v></x:c>', ""),
    ("CDATA", '<x:c r="B6" t="s"><x:v>6</x:v></x:c>', "a < b & c"),
    ("escaped", '<x:c r="B7" t="s"><x:v>7</x:v></x:c>', "first\r\nsecond, _x000D_"),
    ("shared formula", '<x:c r="B8"><x:f t="shared" ref="B8:B9" si="0">ROW()</x:f><x:v>8</x:v></x:c>', "8"),
    ("shared formula, again", '<x:c r="B9"><x:f t="shared" si="0"/><x:v>9</x:v></x:c>', "9"),
    ("formula, text", '<x:c r="B10" t="str"><x:f>"a"&amp;"b"</x:f><x:v>ab</x:v></x:c>', "ab"),
    ("formula, empty", '<x:c r="B11" t="str"><x:f>""</x:f><x:v></x:v></x:c>', ""),
    ("date of type d", '<x:c r="B12" t="d" s="4"><x:v>2026-11-30</x:v></x:c>', "2026-11-30"),
    ("moment of type d", '<x:c r="B13" t="d" s="5"><x:v>2026-11-30T15:04:05</x:v></x:c>', "2026-11-30T15:04:05"),
    ("date, built in", '<x:c r="B14" s="4"><x:v>46356</x:v></x:c>', "2026-11-30"),
    ("date-time, built in", f'<x:c r="B15" s="5"><x:v>{46356 + twin.TIME!r}</x:v></x:c>', "2026-11-30T15:04:05"),
    ("date, own words", '<x:c r="B16" s="7"><x:v>4.6356E4</x:v></x:c>', "2026-11-30"),
    ("time, built in", f'<x:c r="B17" s="3"><x:v>{twin.TIME!r}</x:v></x:c>', "15:04:05"),
    ("duration, built in", f'<x:c r="B18" s="2"><x:v>{twin.DURATION!r}</x:v></x:c>', "27:15:00"),
    ("hours, in quotes", '<x:c r="B19" s="8"><x:v>12</x:v></x:c>', "12"),
    ("percent, built in", '<x:c r="B20" s="6"><x:v>0.28499999999999998</x:v></x:c>', "28.5%"),
    ("zeros only", '<x:c r="B21" s="1"><x:v>42</x:v></x:c>', "00042"),
    ("17 digits", '<x:c r="B22"><x:v>0.10000000000000001</x:v></x:c>', "0.1"),
    ("exponent", '<x:c r="B23"><x:v>1.2345678901234501E+16</x:v></x:c>', "1.23456789012345E+16"),
    ("a million", '<x:c r="B24"><x:v>1E6</x:v></x:c>', "1000000"),
    ("truth", '<x:c r="B25" t="b"><x:v>1</x:v></x:c>', "TRUE"),
    ("lost", '<x:c r="B26" t="e"><x:f>#REF!</x:f><x:v>#REF!</x:v></x:c>', "#REF!"),
    ("number as text", '<x:c r="B27" t="inlineStr" s="9"><x:is><x:t>007</x:t></x:is></x:c>', "007"),
]


def inline(reference, text):
    return f'<x:c{reference} t="inlineStr"><x:is><x:t>{text}</x:t></x:is></x:c>'


def xlsx():
    rows, want = ['<x:row r="1"><x:c r="A1" t="s"><x:v>0</x:v></x:c><x:c r="B1" t="s"><x:v>1</x:v></x:c></x:row>'], [["Kind", "Value"]]
    for i, (what, cell, text) in enumerate(XLSX):
        reference = f' r="A{i + 2}"'
        rows.append(f'<x:row r="{i + 2}"><?pi?>{inline(reference, what)}<!-- -->{cell}</x:row>')
        want.append([what, text])
    # without references: each is behind the one before
    rows += [f'<x:row>{inline("", "no reference")}{inline("", "behind it")}</x:row>',
             f'<x:row><x:c/>{inline("", "B")}<x:c r="D29" t="n"><x:v>4</x:v></x:c>{inline("", "E")}</x:row>',
             '<x:row r="1048576"><x:c r="XFD1048576" s="1"/></x:row>']
    want += [["no reference", "behind it"], ["", "B", "", "4", "E"]]
    sheet = (f'{HEAD}<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{"".join(rows)}</x:sheetData>'
             '<x:phoneticPr fontId="1"/></x:worksheet>')
    workbook = (f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{REL}"><sheets><sheet name="Kinds" sheetId="7" r:id="rId2"/></sheets>'
                "</workbook>")
    parts = {"[Content_Types].xml": CONTENT_TYPES, "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
             "xl/workbook.xml": workbook,
             "xl/_rels/workbook.xml.rels": relations(("styles", "styles.xml"), ("worksheet", "worksheets/sheet1.xml"),
                                                     ("sharedStrings", "sharedStrings.xml")),
             "xl/worksheets/sheet1.xml": sheet, "xl/styles.xml": STYLES,
             "xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{MAIN}">{"".join(SHARED)}</sst>'}
    pack("by-hand.xlsx", parts)
    twin.write("by-hand.xlsx", "Kinds", want)


# ---- OpenDocument ----

NAMESPACES = "".join(f' xmlns:{x}="urn:oasis:names:tc:opendocument:xmlns:{x}:1.0"' for x in ("office", "text", "table")) + (
    ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    ' xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"')
TIME_PARTS = "<number:hours/><number:text>:</number:text><number:minutes number:style='long'/>"
STYLES_ODS = "".join(
    f'<number:{kind} style:name="N{name}" {more}>{parts}</number:{kind}><style:style style:name="{name}" '
    f'style:family="table-cell" style:data-style-name="N{name}"/>' for name, kind, more, parts in (
        ("day", "date-style", "", "<number:day/><number:text>.</number:text><number:month/><number:text>.</number:text>"
         "<number:year/>"),
        ("moment", "date-style", "", "<number:day/><number:text>.</number:text><number:month/><number:text>. </number:text>"
         + TIME_PARTS),
        ("clock", "time-style", "", TIME_PARTS), ("hours", "time-style", 'number:truncate-on-overflow="false"', TIME_PARTS),
        ("truth", "boolean-style", "", "<number:boolean/>")))


def cell(content, attributes='office:value-type="string"'):
    return f"<table:table-cell {attributes}>{content}</table:table-cell>"


def p(text):
    return f"<text:p>{text}</text:p>"


RUBY = "<text:ruby><text:ruby-base>東京</text:ruby-base><text:ruby-text>とうきょう</text:ruby-text></text:ruby>"
SHAPE = '<table:shapes><draw:frame><draw:text-box><text:p>a shape</text:p></draw:text-box></draw:frame></table:shapes>'
FRAME = "<draw:frame><draw:text-box><text:p>a picture's words</text:p></draw:text-box></draw:frame>"
CHANGES = ('<table:tracked-changes><table:cell-content-change table:id="c1"><table:previous><table:change-track-table-cell '
           'office:value-type="string"><text:p>what it was</text:p></table:change-track-table-cell></table:previous>'
           "</table:cell-content-change></table:tracked-changes>")
ODS = [
    ("ruby", cell(p(RUBY + " Tower")), "東京 Tower"),
    ("tab and line", cell(p("a<text:tab/>b<text:line-break/>c")), "a\tb\nc"),
    ("blanks that count", cell(p('a<text:s text:c="2"/>b<text:s/>')), "a  b "),
    ("with a shape", cell(FRAME + p("Bob")), "Bob"),
    ("text by its value", cell("", 'office:value-type="string" office:string-value="00123"'), "00123"),
    ("number, shown cut", cell(p("12"), 'office:value-type="float" office:value="12.5"'), "12.5"),
    ("number, exponent", cell(p("1E+06"), 'office:value-type="float" office:value="1E6"'), "1E+06"),
    ("date, shown otherwise", cell(p("30.11.26"), 'table:style-name="day" office:value-type="date" '
                                   'office:date-value="2026-11-30"'), "2026-11-30"),
    ("date-time, with fractions", cell(p("30.11.26 15:04"), 'table:style-name="moment" office:value-type="date" '
                                       'office:date-value="2026-11-30T15:04:05.000000000"'), "2026-11-30T15:04:05"),
    ("time", cell(p("15:04"), 'table:style-name="clock" office:value-type="time" office:time-value="PT15H4M5S"'), "15:04:05"),
    ("duration", cell(p("27:15"), 'table:style-name="hours" office:value-type="time" office:time-value="PT27H15M0S"'),
     "27:15:00"),
    ("truth", cell(p("WAHR"), 'table:style-name="truth" office:value-type="boolean" office:boolean-value="true"'), "TRUE"),
    ("date without a style", cell(p("30.11.26"), 'office:value-type="date" office:date-value="2026-11-30"'), "2026-11-30"),
]


def row(cells, attributes=""):
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def ods():
    empty = cell("", 'table:number-columns-repeated="2"')
    rows = ["<table:table-header-rows>", row([cell(p("Kind")), cell(p("Value"))]), "</table:table-header-rows>",
            "<table:table-row-group>"]
    rows += [row([cell(p(what)), made]) for what, made, _ in ODS]
    rows += ["</table:table-row-group>",
             row([cell(p("thrice"), 'office:value-type="string" table:number-columns-repeated="3"'), empty, cell(p("F"))],
                 'table:number-rows-repeated="3"'),
             row([cell("", 'table:number-columns-repeated="16384"')], 'table:number-rows-repeated="2"'),
             row([cell(p("the last")), cell("", 'table:number-columns-repeated="16383"')], 'table:visibility="filter"'),
             row([cell("", 'table:number-columns-repeated="16384"')], 'table:number-rows-repeated="1048553"')]
    want = [["Kind", "Value"], *([what, text] for what, _, text in ODS)]
    want += [["thrice"] * 3 + ["", "", "F"]] * 3 + [[], [], ["the last"]]
    far = [row([empty], 'table:number-rows-repeated="50"'), row([empty, cell(p("Email"))]), row([empty, cell(p("ann@example.org"))])]
    content = (f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content{NAMESPACES} office:version="1.2">'
               f"<office:automatic-styles>{STYLES_ODS}</office:automatic-styles><office:body>"
               f'<office:spreadsheet>{CHANGES}<table:table table:name="Kinds">{SHAPE}<table:table-column/>{"".join(rows)}'
               f'</table:table><table:table table:name="Far">{"".join(far)}</table:table></office:spreadsheet></office:body>'
               "</office:document-content>")
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = ('<?xml version="1.0" encoding="UTF-8"?>\n<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:'
                f'xmlns:manifest:1.0" manifest:version="1.2"><manifest:file-entry manifest:full-path="/" '
                f'manifest:media-type="{kind}"/><manifest:file-entry manifest:full-path="content.xml" '
                'manifest:media-type="text/xml"/></manifest:manifest>')
    pack("by-hand.ods", {"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})
    twin.write("by-hand.ods", "Kinds", want)
    twin.write("by-hand.ods", "Far", [[]] * 50 + [["", "", "Email"], ["", "", "ann@example.org"]])


def pack(name, parts):
    with zipfile.ZipFile(twin.FOLDER / name, "w") as z:
        for part, content in parts.items():
            info = zipfile.ZipInfo(part, (2026, 11, 30, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if part == "mimetype" else zipfile.ZIP_DEFLATED
            z.writestr(info, content)


if __name__ == "__main__":
    xlsx()
    ods()
