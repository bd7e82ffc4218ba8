#!/usr/bin/env python3
"""What fuzzing begins with: seeds.py FOLDER writes FOLDER/TARGET/* from the samples, the cases and what is known
of the service's answers."""
import csv
import io
import json
import pathlib
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACTIONS, QUESTIONS = 3, 4
BODIES = [
    {}, [], None, "text", 17, {"claimAttemptId": "a1"}, {"success": True}, {"success": False, "error": "Code already used"},
    {"errorMessage": "One or more of the challenges were not satisfied (Password) : Invalid password."},
    {"errorMessage": "Exceeded rate limit. Too many requests, please try again later."},
    {"claim": {"version": "7", "claimedUsers": {"numUses-1": {"claimedUsers": {"bb1x": [0, 1]}}}}},
    {"claims": [{"version": 7, "plugins": [{"pluginId": "numUses", "publicState": {"numUses": 3}}]}]},
    {"docs": [{"claimAttemptId": "a1", "attemptedAt": 1788739200000, "success": True, "bitbadgesAddress": "bb1x"}],
     "pagination": {"bookmark": "b", "hasMore": True}},
    {"docs": [], "pagination": {"bookmark": "", "hasMore": False}},
    {"successCount": 1}, {"code": "x"}, {"dynamicStores": [{"dynamicDataId": "s1", "handlerId": "addresses", "label": "x"}]},
    {"results": [{"success": True}, {"success": False, "errorMessage": "no"}]},
    {"val": True, "history": [{"activityId": "a", "status": "pending"}]},
    {"docs": [{"dynamicDataId": "s1", "status": "completed"}]}, {"status": "completed", "actions": []},
]
HEADS = ["HTTP/1.1 200 OK\nRetry-After: 7\nDate: Mon, 07 Sep 2026 00:00:00 GMT\n",
         "RateLimit-Limit: 100\nRateLimit-Remaining: 0\nRateLimit-Reset: 9\nRateLimit-Policy: 100;w=60\n",
         "X-RateLimit-Limit: 10\nX-RateLimit-Reset: 1788739200\nRetry-After: Mon, 07 Sep 2026 00:00:09 GMT\n", ""]


def answers():
    for action in range(ACTIONS):
        for question in range(QUESTIONS):
            for i, body in enumerate(BODIES):
                yield (bytes([action * QUESTIONS + question, i % 3 and i, 8 * (i % 3)]) + HEADS[i % 4].encode() + b"\n"
                       + json.dumps(body).encode())
            yield bytes([action * QUESTIONS + question, 14, 0]) + b"\n<!DOCTYPE html><html>502 Bad Gateway</html>"


def ledgers():
    yield b""
    yield b"\xff\xff\xff\xff"
    yield b"SQLite format 3\0" + bytes(84)
    for page in range(0, 60, 3):
        yield bytes([page >> 4, page << 4 & 255, 0, 13, page >> 4, page << 4 & 255, 5, 255])


def identities():
    """Each file whose cells are recipients, as cells that tabs divide; and what is wrapped around one."""
    globs = ("tests/cases/identity/*/in*.csv", "tests/cases/filter/*/in*.csv", "tests/cases/report/safe-cells/in*.csv",
             "samples/exports/*.csv")
    for path in (path for each in globs for path in sorted(ROOT.glob(each))):
        rows = csv.reader(path.read_bytes().decode("utf-8", "replace").splitlines())
        yield "\n".join("\t".join(row) for row in list(rows)[:16]).encode()
    address = "0x092bb4851ae26850588243e7bef22a56287f4739"
    for around in ["%s (MetaMask)", "ETH: %s", "%s - main", "<%s>", "(%s)", "%s / %s", "“%s„", "`%s`", "＂%s＂", "'+%s",
                   '="%s"', "mailto:%s?a=b", "{{%s}}", "%s;", "email:%s", "[x](%s)", "null %s", "%s.", "%s%%", "%s\u0301"]:
        yield "\n".join(around.replace("%s", x) for x in [address, "jo@example.org", "NULL", "00123", "ＮＵＬＬ", ""]).encode()


CELLS = ['<c r="A1" t="s"><v>0</v></c>', '<c t="s"><v>1</v></c>', '<c t="s"><v>3</v></c>', '<c t="b"><v>1</v></c>',
         '<c t="e"><v>#REF!</v></c>', '<c t="d"><v>2026-11-30T15:04:05.5</v></c>', '<c t="n"><v>1.5E+20</v></c>',
         '<c t="str"><f>A1</f><v>x_x000D_\n_x005F_</v></c>', '<c><f>A1</f></c>', '<c r="XFD1"><v>1</v></c>',
         '<c t="inlineStr"><is><r><t>a</t></r><rPh><t>no</t></rPh><t>b</t></is></c>', '<c t="str"><v>_x0000_</v></c>',
         *(f'<c s="{n}"><v>{value}</v></c>' for n in range(7) for value in ("45000.75", "0.285", "-1"))]
ODS_CELLS = ['office:value-type="string"><text:p> a <text:s text:c="3"/>b<text:tab/><text:line-break/></text:p><text:p/>',
             'office:value-type="float" office:value="123"><text:p>00123</text:p>',
             'office:value-type="percentage" office:value="0.285" table:number-columns-repeated="3">',
             'office:value-type="date" office:date-value="2026-11-30T15:04:05.9">',
             'office:value-type="time" office:time-value="PT30H04M59.9S">',
             'office:value-type="boolean" office:boolean-value="true">', 'table:formula="of:=A1">',
             'table:formula="of:=A1" calcext:value-type="error" office:value-type="string" office:string-value=""><text:p>#REF!</text:p>',
             'office:value-type="string"><office:annotation><text:p>no</text:p></office:annotation><text:p>a</text:p>']


def zipped(parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return out.getvalue()


def workbooks():
    """Sheets of a .xlsx, contents of an .ods, and whole files (see fuzz_spreadsheet.c)."""
    for cells in [*CELLS, "".join(CELLS[1:9])]:
        below = cells.replace('1" t', '3" t').replace('1">', '3">')
        yield f'<worksheet><sheetData><row r="1" hidden="1">{cells}</row><row r="3">{below}</row></sheetData></worksheet>'.encode()
    for cell in ODS_CELLS:
        rows = f'<table:table-row table:number-rows-repeated="2"><table:table-cell {cell}</table:table-cell></table:table-row>'
        content = ('<office:document-content><office:automatic-styles><style:style style:name="t"><style:table-properties table:display="false"/>'
                   '</style:style></office:automatic-styles><office:body><office:spreadsheet><table:table table:name="T" table:style-name="t">'
                   f'<table:table-row-group table:display="false">{rows}</table:table-row-group>{rows}</table:table>'
                   '</office:spreadsheet></office:body></office:document-content>')
        yield content.encode()
    yield zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content,
                  "META-INF/manifest.xml": "<manifest:manifest/>"})
    related = "<Relationships>%s</Relationships>"
    one = '<Relationship Id="%s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/>'
    for main, root in [("xl/workbook.xml", "workbook"), ("word/document.xml", "document"), ("xl/workbook.bin", "x")]:
        folder, name = main.split("/")
        yield zipped({"[Content_Types].xml": "<Types/>", "_rels/.rels": related % one % ("a", "officeDocument", main),
                      f"{folder}/_rels/{name}.rels": related % (one % ("r1", "worksheet", "../s.xml") + one % ("r2", "sharedStrings", "/t.xml")),
                      main: f'<{root}><workbookPr date1904="1"/><sheets><sheet name="S" state="hidden" r:id="r1"/></sheets></{root}>',
                      "s.xml": f"<worksheet><sheetData><row>{CELLS[0]}</row></sheetData></worksheet>", "t.xml": "<sst><si><t>a</t></si></sst>"})
    yield b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage\0".encode("utf-16-le")


def files(*globs):
    return (path.read_bytes() for glob in globs for path in ROOT.glob(glob) if path.stat().st_size < 20000)


SEEDS = {
    "job": lambda: files("samples/jobs/*.json", "tests/cases/*/*/job*.json"),
    "preset": lambda: files("pipeline/presets/*.json", "tests/cases/*/*/*preset*.json",
                            "tests/cases/*/*/presets/*.json"),
    "codes": lambda: files("tests/cases/*/*/codes", "tests/cases/*/*/*codes*.csv", "tests/cases/*/*/*.txt",
                           "tests/corpora/*/*.csv"),
    "answer": answers,
    "identity": identities,
    "ledger": ledgers,
    "spreadsheet": workbooks,
}

for target, seeds in SEEDS.items():
    folder = pathlib.Path(sys.argv[1]) / target
    folder.mkdir(parents=True)
    for n, seed in enumerate(dict.fromkeys(seeds())):
        (folder / f"{n:04}").write_bytes(seed)
