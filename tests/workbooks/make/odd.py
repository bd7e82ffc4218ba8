#!/usr/bin/env python3
"""Makes odd and bad workbooks, and says what must become of each: for tests, which need not keep them.

    python3 tests/workbooks/make/odd.py FOLDER

CASES is the table: a file's name, how it is made, and what is expected.  "rows": its first sheet with a table gives TABLE;
"error: words": it is refused, with words of this kind (they are a hint of what must be said, and not the message's own);
"choose": it must be said which sheet is meant.  A test may `import odd` and call make(folder), which gives {name: expected}.
Only zipfile is needed.
"""
import pathlib
import sys
import zipfile
import zlib

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_REL = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TABLE = [["Email", "Score"], ["ann@example.org", "12"], ["bob@example.org", "7"]]
ODS = "application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"


# ---- parts ----


def inline(reference, text):
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def rows(table=None, first=1):
    return "".join(f'<row r="{n}">' + "".join(inline(f"{chr(65 + i)}{n}", x) for i, x in enumerate(row)) + "</row>"
                   for n, row in enumerate(TABLE if table is None else table, first))


def sheet(data, main=MAIN, before=""):
    return f'{HEAD}{before}<worksheet xmlns="{main}"><sheetData>{data}</sheetData></worksheet>'


def relations(targets, rel=REL):
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">' + "".join(
        f'<Relationship Id="rId{i + 1}" Type="{rel}/{kind}" Target="{to}"/>' for i, (kind, to) in enumerate(targets)
    ) + "</Relationships>"


def xlsx(sheets, main=MAIN, rel=REL, names=None, target="worksheets/sheet{}.xml", workbook_type="sheet.main+xml", parts=None):
    """The parts of a workbook with these sheets (their XML); parts: others in their place, or None for none."""
    names = names or [f"Sheet{i + 1}" for i in range(len(sheets))]
    entries = "".join(f'<sheet name="{name}" sheetId="{i + 1}" r:id="rId{i + 1}"/>' for i, name in enumerate(names))
    whole = {
        "[Content_Types].xml":
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="{SHEET_TYPE}.worksheet+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.{workbook_type}"/></Types>',
        "_rels/.rels": relations([("officeDocument", "xl/workbook.xml")], rel),
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>{entries}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations([("worksheet", target.format(i + 1)) for i in range(len(sheets))], rel),
        **{f"xl/worksheets/sheet{i + 1}.xml": content for i, content in enumerate(sheets)}}
    whole.update(parts or {})
    return {name: content for name, content in whole.items() if content is not None}


def pack(path, parts):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in parts.items():
            info = zipfile.ZipInfo(name, (2026, 11, 30, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            z.writestr(info, content)


def packed(parts):
    return lambda path: pack(path, parts)


def ods(data, **parts):
    content = (f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:'
               'xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:'
               f'tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>{data}</office:spreadsheet></office:body>'
               "</office:document-content>")
    return {"mimetype": ODS, "META-INF/manifest.xml": manifest(""), "content.xml": content, **parts}


def manifest(inside):
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<manifest:manifest xmlns:manifest="{MANIFEST}" manifest:version="1.3">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS}"/><manifest:file-entry '
            f'manifest:full-path="content.xml" manifest:media-type="text/xml" manifest:size="900">{inside}</manifest:file-entry>'
            "</manifest:manifest>")


def ods_table(name="Sheet1", table=None):
    return f'<table:table table:name="{name}">' + "".join(
        "<table:table-row>" + "".join(f'<table:table-cell office:value-type="string"><text:p>{x}</text:p></table:table-cell>'
                                      for x in row) + "</table:table-row>"
        for row in (TABLE if table is None else table)) + "</table:table>"


ENCRYPTION = ('<manifest:encryption-data manifest:checksum-type="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0#sha256-1k" '
              'manifest:checksum="AAAA"><manifest:algorithm manifest:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" '
              'manifest:initialisation-vector="AAAA"/></manifest:encryption-data>')


# ---- files that are more than a list of parts ----


def truncated(path):
    """Without its end, where the directory of a ZIP is."""
    packed(xlsx([sheet(rows())]))(path)
    path.write_bytes(path.read_bytes()[:-200])


def damaged(path):
    """A byte of the sheet's packed data is another."""
    packed(xlsx([sheet(rows([["Email", "Score"], *([f"p{i}@example.org", str(i)] for i in range(2000))]))]))(path)
    with zipfile.ZipFile(path) as z:
        at = z.getinfo("xl/worksheets/sheet1.xml")
    data = bytearray(path.read_bytes())
    data[at.header_offset + 100 + at.compress_size // 2] ^= 0xFF
    path.write_bytes(data)


def bomb(method):
    """A sheet of 300 MB of blanks.  Deflate packs at most 1032 to 1, bzip2 much more."""

    def make_it(path):
        begin, end = sheet(rows(TABLE[:1]) + "@").split("@")
        with zipfile.ZipFile(path, "w", method) as z:
            for name, content in xlsx([None]).items():
                z.writestr(name, content)
            with z.open("xl/worksheets/sheet1.xml", "w") as f:
                f.write(begin.encode())
                for _ in range(300):
                    f.write(b" " * 1_000_000)
                f.write((rows(TABLE[1:], 2) + end).encode())

    return make_it


def locked(path):
    """The flag of a password in the ZIP's headers, of the sheet alone."""
    packed(xlsx([sheet(rows())]))(path)
    data = bytearray(path.read_bytes())
    name = b"xl/worksheets/sheet1.xml"
    for magic, flags, at_name in ((b"PK\3\4", 6, 30), (b"PK\1\2", 8, 46)):
        at = -1
        while (at := data.find(magic, at + 1)) >= 0:
            if data[at + at_name:at + at_name + len(name)] == name:
                data[at + flags] |= 1
    path.write_bytes(data)


def ole2(*streams):
    """An OLE2 (compound) file: its header, and a directory that names these streams, which are empty."""

    def make(path):
        free, end, special = b"\xff" * 4, b"\xfe\xff\xff\xff", b"\xfd\xff\xff\xff"
        header = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + b"\x3e\0\3\0\xfe\xff\x09\0\6\0" + b"\0" * 10 + b"\1\0\0\0"
                  + b"\1\0\0\0" + b"\0" * 4 + b"\0\x10\0\0" + end + b"\0" * 4 + end + b"\0" * 4 + b"\0\0\0\0" + free * 108)
        table = special + end + free * 126
        entries = b""
        for i, name in enumerate(["Root Entry", *streams]):
            wide = (name + "\0").encode("utf-16-le")
            entry = wide.ljust(64, b"\0") + len(wide).to_bytes(2, "little") + bytes([2 if i else 5, 1])
            siblings = free + ((i + 1).to_bytes(4, "little") if 0 < i < len(streams) else free)
            child = (1).to_bytes(4, "little") if i == 0 and streams else free
            entries += (entry + siblings + child + b"\0" * 36 + end + b"\0" * 8).ljust(128, b"\0")
        path.write_bytes(header + table + entries.ljust(-(-len(entries) // 512) * 512, b"\0"))

    return make


def text_file(content):
    return lambda path: path.write_bytes(content)


# ---- the table ----

ENTITIES = ('<!DOCTYPE worksheet [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
            + "".join(f'<!ENTITY {chr(99 + i)} "{("&" + chr(98 + i) + ";") * 10}">' for i in range(8)) + "]>\n")
OUTSIDE = '<!DOCTYPE worksheet [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n'
DEEP = "<a>" * 100_000 + "</a>" * 100_000
STRING = f'{HEAD}<sst xmlns="{MAIN}"><si><t>Email</t></si></sst>'
WITH_STRINGS = {"xl/_rels/workbook.xml.rels": relations([("worksheet", "worksheets/sheet1.xml"),
                                                         ("sharedStrings", "sharedStrings.xml")])}
SHARED_CELLS = sheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>{}</v></c></row>')
WORD = {"[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/'
        'xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": relations([("officeDocument", "word/document.xml")]),
        "word/document.xml": f'{HEAD}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'}
BINARY = {"[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="bin" ContentType="application/'
          'vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
          "_rels/.rels": relations([("officeDocument", "xl/workbook.bin")]), "xl/workbook.bin": b"\x83\x01\0",
          "xl/worksheets/sheet1.bin": b"\x81\x01\0"}

CASES = {
    # ZIP
    "truncated.xlsx": (truncated, "error: damaged"),
    "damaged.xlsx": (damaged, "error: damaged"),
    "bomb.xlsx": (bomb(zipfile.ZIP_DEFLATED), "error: packed"),
    "bomb-bzip2.xlsx": (bomb(zipfile.ZIP_BZIP2), "error: packed"),
    "locked.xlsx": (locked, "error: password"),
    "empty.xlsx": (packed({}), "error: workbook"),
    # parts
    "no-content-types.xlsx": (packed(xlsx([sheet(rows())], parts={"[Content_Types].xml": None})), "rows"),
    "no-workbook.xlsx": (packed(xlsx([sheet(rows())], parts={"xl/workbook.xml": None})), "error: damaged"),
    "no-sheet.xlsx": (packed(xlsx([sheet(rows())], parts={"xl/worksheets/sheet1.xml": None})), "error: damaged"),
    "no-relations.xlsx": (packed(xlsx([sheet(rows())], parts={"xl/_rels/workbook.xml.rels": None})), "error: damaged"),
    "no-shared-strings.xlsx": (packed(xlsx([SHARED_CELLS.format(0)], parts=WITH_STRINGS)), "error: damaged"),
    "shared-string-too-far.xlsx": (packed(xlsx([SHARED_CELLS.format(7)], parts={
        **WITH_STRINGS, "xl/sharedStrings.xml": STRING})), "error: damaged"),
    "parent-path.xlsx": (packed(xlsx([sheet(rows())], target="../xl/worksheets/sheet{}.xml")), "rows"),
    "path-outside.xlsx": (packed(xlsx([sheet(rows())], target="../../../../etc/passwd")), "error: damaged"),
    "absolute-path.xlsx": (packed(xlsx([sheet(rows())], target="/xl/worksheets/sheet{}.xml")), "rows"),
    "other-letters.xlsx": (packed(xlsx([sheet(rows())], target="Worksheets/SHEET{}.xml")), "rows"),  # OPC: they do not count
    "strict.xlsx": (packed(xlsx([sheet(rows(), STRICT_MAIN)], STRICT_MAIN, STRICT_REL)), "rows"),
    "macros.xlsm": (packed(xlsx([sheet(rows())], workbook_type="sheet.macroEnabled.main+xml")), "rows"),
    "utf-16.xlsx": (packed(xlsx([sheet(rows()).replace("UTF-8", "UTF-16").encode("utf-16")])), "rows"),
    # XML
    "entities.xlsx": (packed(xlsx([sheet(rows([["Email"], ["&j;"], ["x"]]), before=ENTITIES)])), "error: DOCTYPE"),
    "outside-entity.xlsx": (packed(xlsx([sheet(rows([["Email"], ["&x;"], ["x"]]), before=OUTSIDE)])), "error: DOCTYPE"),
    "deep.xlsx": (packed(xlsx([sheet(DEEP + rows())])), "error: nested"),
    "cut-xml.xlsx": (packed(xlsx([sheet(rows())[:-40]])), "error: damaged"),
    "no-xml.xlsx": (packed(xlsx(["Email,Score\n"])), "error: damaged"),
    "not-utf-8.xlsx": (packed(xlsx([sheet(rows()).encode().replace(b"bob", b"b\xffb")])), "error: damaged"),
    # cells
    "column-xfe.xlsx": (packed(xlsx([sheet(rows(TABLE[:1]) + f'<row r="2">{inline("XFE2", "x")}</row>')])), "error: damaged"),
    "column-aaaa.xlsx": (packed(xlsx([sheet(rows(TABLE[:1]) + f'<row r="2">{inline("AAAA2", "x")}</row>')])), "error: damaged"),
    "row-back.xlsx": (packed(xlsx([sheet(rows(TABLE, 5) + rows(TABLE, 2))])), "error: damaged"),
    "row-too-far.xlsx": (packed(xlsx([sheet(rows() + f'<row r="1048577">{inline("A1048577", "x")}</row>')])), "error: damaged"),
    "row-0.xlsx": (packed(xlsx([sheet(rows(TABLE, 0))])), "error: damaged"),
    # sheets
    "nothing.xlsx": (packed(xlsx([sheet("")])), "error: no sheet"),
    "only-a-format.xlsx": (packed(xlsx([sheet('<row r="7"><c r="A7" s="0"/></row>')])), "error: no sheet"),
    "no-sheets.xlsx": (packed(xlsx([])), "error: no sheet"),
    "two-tables.xlsx": (packed(xlsx([sheet(rows()), sheet(rows())], names=["Old", "New"])), "choose"),
    "many-sheets.xlsx": (packed(xlsx([sheet(rows([["Note"]])) for _ in range(64)] + [sheet(rows())])), "rows"),
    "many-tables.xlsx": (packed(xlsx([sheet(rows()) for _ in range(65)])), "choose"),
    # OpenDocument
    "good.ods": (packed(ods(ods_table())), "rows"),
    "password.ods": (packed({**ods("", **{"META-INF/manifest.xml": manifest(ENCRYPTION)}), "content.xml": zlib.compress(b"?" * 999)}),
                     "error: password"),
    "no-content.ods": (packed({k: v for k, v in ods("").items() if k != "content.xml"}), "error: damaged"),
    "repeats-forever.ods": (packed(ods(ods_table().replace("<table:table-row>", '<table:table-row table:number-rows-repeated='
                                                           '"1048577">', 1))), "error: rows"),
    "repeats-no-number.ods": (packed(ods(ods_table().replace("<table:table-row>", '<table:table-row '
                                                             'table:number-rows-repeated="-1">', 1))), "rows"),
    "two-tables.ods": (packed(ods(ods_table("Old") + ods_table("New"))), "choose"),
    "text.odt": (packed({**ods(""), "mimetype": "application/vnd.oasis.opendocument.text"}), "error: text document"),
    # other files
    "encrypted.xlsx": (ole2("EncryptionInfo", "EncryptedPackage"), "error: password"),
    "old.xls": (ole2("Workbook"), "error: .xls"),
    "binary.xlsb": (packed(BINARY), "error: .xlsb"),
    "letter.docx": (packed(WORD), "error: document"),
    "page.xls": (text_file(b"<html><table><tr><td>Email</td></tr></table></html>\n"), "error: web page"),
}


def make(folder):
    """All of them, into a folder that is there: {name: expected}."""
    for name, (how, _) in CASES.items():
        how(pathlib.Path(folder, name))
    return {name: expected for name, (_, expected) in CASES.items()}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    for file, outcome in make(sys.argv[1]).items():
        print(f"{file}\t{outcome}")
