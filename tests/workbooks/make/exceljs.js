/*
 * Makes exceljs.xlsx and exceljs-1904.xlsx and their twins.
 *
 *     mkdir /tmp/js && cd /tmp/js && npm install exceljs@4.4.0
 *     NODE_PATH=/tmp/js/node_modules node tests/workbooks/make/exceljs.js
 *
 * Run with exceljs 4.4.0 and node 20.  Sheets: People, with one kind of cell a row; Notes, which is "very hidden".  The
 * rows' twins follow the rules of twin.py, and are written by it.
 */
"use strict";
const ExcelJS = require("exceljs");
const path = require("path");
const child = require("child_process");

const FOLDER = path.resolve(__dirname, "..");
const day = new Date(Date.UTC(2026, 10, 30));
const moment = new Date(Date.UTC(2026, 10, 30, 15, 4, 5));

/* what it is, the value, its number format or null, what must come of it */
const KINDS = [
    ["text with zeros", "00123", null, "00123"],
    ["e-mail, as a link", { text: "ann@example.org", hyperlink: "mailto:ann@example.org" }, null, "ann@example.org"],
    ["address", "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652", null, "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652"],
    ["whole", 12, null, "12"],
    ["half", 12.5, "0.00", "12.5"],
    ["0.1+0.2", 0.1 + 0.2, null, "0.3"],
    ["15 digits", 123456789012345, null, "123456789012345"],
    ["16 digits", 1234567890123456, null, "1.23456789012346E+15"],
    ["16 digits, shown whole", 1234567890123456, "0", "1.23456789012346E+15"],
    ["16 digits, text", "1234567890123456", "@", "1234567890123456"],
    ["percent", 0.285, "0.0%", "28.5%"],
    ["money", 1234.5, '"€"#,##0.00;[Red]\\-"€"#,##0.00', "1234.5"],
    ["zeros only", 42, "00000", "00042"],
    ["date, usual", day, "mm-dd-yy", "2026-11-30"],
    ["date, German", day, 'd. mmmm yyyy;@', "2026-11-30"],
    ["date, of a place", day, "[$-407]dddd, d. mmmm yyyy", "2026-11-30"],
    ["date-time", moment, "yyyy-mm-dd hh:mm:ss", "2026-11-30T15:04:05"],
    ["date-time, noon", moment, "m/d/yy h:mm AM/PM", "2026-11-30T15:04:05"],
    ["time", new Date(Date.UTC(1899, 11, 30, 15, 4, 5)), "hh:mm:ss", "15:04:05"],
    ["duration", (27 * 3600 + 15 * 60) / 86400, "[h]:mm:ss", "27:15:00"],
    ["true", true, null, "TRUE"],
    ["false", false, null, "FALSE"],
    ["no value", { error: "#N/A" }, null, "#N/A"],
    ["lost", { error: "#REF!" }, null, "#REF!"],
    ["formula, number", { formula: "B5*2", result: 24 }, null, "24"],
    ["formula, text", { formula: 'B2&"x"', result: "00123x" }, null, "00123x"],
    ["formula, truth", { formula: "1=1", result: true }, null, "TRUE"],
    ["formula, error", { formula: "1/0", result: { error: "#DIV/0!" } }, null, "#DIV/0!"],
    ["formula, date", { formula: "DATE(2026,11,30)", result: day }, "yyyy-mm-dd", "2026-11-30"],
    ["formula, no value", { formula: "B5+1" }, null, ""],
    ["rich", { richText: [{ text: "plain " }, { font: { bold: true }, text: "and bold" }, { text: " again" }] }, null,
        "plain and bold again"],
    ["umlauts", "Jürgen Größe, Đặng, Łukasz", null, "Jürgen Größe, Đặng, Łukasz"],
    ["emoji", "🦊 👩‍👩‍👧 東京", null, "🦊 👩‍👩‍👧 東京"],
    ["lines and quotes", 'she said "hi"\nand\n\nleft', null, 'she said "hi"\nand\n\nleft'],
    ["blanks", " a   b ", null, " a   b "],
    ["markup", "<b>&amp;</b> ]]>", null, "<b>&amp;</b> ]]>"],
];

function fill(sheet, kinds, want) {
    want.push(["Kind", "Value", "Mark"]);
    sheet.addRow(want[0]);
    kinds.forEach(([what, value, format, text], i) => {
        const row = sheet.addRow([what, value, i % 3 ? `m${i}` : null]);
        if (format)
            row.getCell(2).numFmt = format;
        want.push([what, text, i % 3 ? `m${i}` : ""]);
    });
}

function twin(fixture, sheet, rows) {
    child.execFileSync("python3", ["-c", "import json, sys, twin; twin.write(*json.load(sys.stdin))"],
        { cwd: __dirname, input: JSON.stringify([fixture, sheet, rows]) });
}

async function main() {
    const book = new ExcelJS.Workbook(), want = [];
    const sheet = book.addWorksheet("People");
    fill(sheet, KINDS, want);
    /* two empty rows, a merged cell, a hidden row, and far below cells that have a format and nothing else */
    let at = sheet.rowCount + 3;
    want.push([], []);
    sheet.getCell(at, 1).value = "merged";
    sheet.getCell(at, 2).value = "over four";
    sheet.mergeCells(at, 2, at + 1, 3);
    sheet.getCell(at + 1, 1).value = "under it";
    sheet.getCell(at + 1, 4).value = "D";
    want.push(["merged", "over four"], ["under it", "", "", "D"]);
    sheet.getCell(at + 2, 1).value = "hidden";
    sheet.getCell(at + 2, 2).value = 1;
    sheet.getRow(at + 2).hidden = true;
    want.push(["hidden", "1"]);
    sheet.getCell(at + 3, 5).value = "E alone";
    want.push(["", "", "", "", "E alone"]);
    sheet.getCell(at + 400, 30).numFmt = "0.00";
    const notes = book.addWorksheet("Notes", { state: "veryHidden" });
    notes.addRow(["Note"]);
    notes.addRow(["nobody sees this"]);
    await book.xlsx.writeFile(path.join(FOLDER, "exceljs.xlsx"));
    twin("exceljs.xlsx", "People", want);
    twin("exceljs.xlsx", "Notes", [["Note"], ["nobody sees this"]]);

    const mac = new ExcelJS.Workbook(), dates = [];
    mac.properties.date1904 = true;
    fill(mac.addWorksheet("Dates"), KINDS.filter(([what]) => what.startsWith("date") || what === "duration"), dates);
    await mac.xlsx.writeFile(path.join(FOLDER, "exceljs-1904.xlsx"));
    twin("exceljs-1904.xlsx", "Dates", dates);
}

main();
