/*
 * Makes sheetjs.xlsx and sheetjs.ods and their twins.
 *
 *     mkdir /tmp/js && cd /tmp/js && npm install xlsx@0.18.5
 *     TZ=UTC NODE_PATH=/tmp/js/node_modules node tests/workbooks/make/sheetjs.js
 *
 * Run with xlsx (SheetJS) 0.18.5 of npm and node 20, as many web programs and their export buttons use it.  sheetjs.xlsx:
 * Export, with cells of most kinds; its texts stand in the cells (t="str"), as 0.18.5 writes them unless it is told otherwise.  sheetjs.ods: the same, but for
 * what 0.18.5 writes otherwise into an .ods (dates without their format, no error cells).
 */
"use strict";
const XLSX = require("xlsx");
const path = require("path");
const child = require("child_process");

const FOLDER = path.resolve(__dirname, "..");
const DAYS = 46356, TIME = (15 * 3600 + 4 * 60 + 5) / 86400;

/* what it is, the cell, what must come of it, is it in the .ods, too */
const KINDS = [
    ["text with zeros", { t: "s", v: "00123" }, "00123", true],
    ["e-mail", { t: "s", v: "ann@example.org" }, "ann@example.org", true],
    ["address", { t: "s", v: "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652" }, "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652", true],
    ["whole", { t: "n", v: 12 }, "12", true],
    ["half", { t: "n", v: 12.5 }, "12.5", true],
    ["0.1+0.2", { t: "n", v: 0.1 + 0.2 }, "0.3", true],
    ["16 digits", { t: "n", v: 1234567890123456 }, "1.23456789012346E+15", true],
    ["16 digits, text", { t: "s", v: "1234567890123456" }, "1234567890123456", true],
    ["percent", { t: "n", v: 0.285, z: "0.00%" }, "28.5%", false],
    ["zeros only", { t: "n", v: 42, z: "00000" }, "00042", false],
    ["date", { t: "n", v: DAYS, z: "m/d/yy" }, "2026-11-30", false],
    ["date-time", { t: "n", v: DAYS + TIME, z: "dd.mm.yyyy hh:mm:ss" }, "2026-11-30T15:04:05", false],
    ["time", { t: "n", v: TIME, z: "h:mm:ss" }, "15:04:05", false],
    ["duration", { t: "n", v: (27 * 3600 + 15 * 60) / 86400, z: "[h]:mm:ss" }, "27:15:00", false],
    ["true", { t: "b", v: true }, "TRUE", true],
    ["false", { t: "b", v: false }, "FALSE", true],
    ["no value", { t: "e", v: 42 }, "#N/A", false],
    ["lost", { t: "e", v: 23 }, "#REF!", false],
    ["formula", { t: "n", v: 24, f: "B5*2" }, "24", true],
    ["formula, text", { t: "s", v: "00123x", f: 'B2&"x"' }, "00123x", false],
    ["formula, no value", { t: "z", f: "B5+1" }, "", false],
    ["umlauts", { t: "s", v: "Jürgen Größe, Đặng, Łukasz" }, "Jürgen Größe, Đặng, Łukasz", true],
    ["emoji", { t: "s", v: "🦊 👩‍👩‍👧 東京" }, "🦊 👩‍👩‍👧 東京", true],
    ["lines and quotes", { t: "s", v: 'she said "hi"\nand left' }, 'she said "hi"\nand left', true],
    ["markup", { t: "s", v: "<b>&amp;</b> ]]>" }, "<b>&amp;</b> ]]>", true],
];

function write(kind, kinds) {
    const want = [["Kind", "Value", "Mark"]], rows = [want[0]], book = XLSX.utils.book_new();
    kinds.forEach(([what, , text], i) => {
        rows.push([what, null, i % 2 ? `m${i}` : null]);
        want.push([what, text, i % 2 ? `m${i}` : ""]);
    });
    rows.push([], [null, null, "C alone"]);
    want.push([], ["", "", "C alone"]);
    const sheet = XLSX.utils.aoa_to_sheet(rows);
    kinds.forEach(([, cell], i) => { sheet[XLSX.utils.encode_cell({ r: i + 1, c: 1 })] = cell; });
    XLSX.utils.book_append_sheet(book, sheet, "Export");
    XLSX.writeFile(book, path.join(FOLDER, `sheetjs.${kind}`), { compression: true });
    child.execFileSync("python3", ["-c", "import json, sys, twin; twin.write(*json.load(sys.stdin))"],
        { cwd: __dirname, input: JSON.stringify([`sheetjs.${kind}`, "Export", want]) });
}

write("xlsx", KINDS);
write("ods", KINDS.filter((kind) => kind[3]));
