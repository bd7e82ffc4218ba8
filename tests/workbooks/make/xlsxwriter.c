/*
 * Makes xlsxwriter.xlsx and, in constant memory (texts are inline), xlsxwriter-inline.xlsx, and their twins.
 *
 *     cc -o /tmp/xlsxwriter tests/workbooks/make/xlsxwriter.c -lxlsxwriter && cd tests/workbooks && /tmp/xlsxwriter
 *
 * Run with libxlsxwriter 1.1.4 of Debian 12.  Sheets: Kinds, with one kind of cell a row; Chart, a chart sheet; Old, which is
 * hidden.  The rules of the twins are in twin.py.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <xlsxwriter.h>

#define DAYS 46356.0 /* 2026-11-30 */
#define TIME ((15 * 3600 + 4 * 60 + 5) / 86400.0)
#define DURATION ((27 * 3600 + 15 * 60) / 86400.0)

enum what { TEXT, NUMBER, TRUTH, FORMULA, FORMULA_NUMBER, FORMULA_TEXT, RICH, LINK };

static const struct kind {
    const char *name;
    enum what what;
    const char *text; /* or the formula */
    double number;
    const char *format; /* or a formula's text */
    const char *want;
} kinds[] = {
    {"text with zeros", TEXT, "00123", 0, NULL, "00123"},
    {"e-mail, as a link", LINK, "mailto:ann@example.org", 0, NULL, "ann@example.org"},
    {"address", TEXT, "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652", 0, NULL,
     "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652"},
    {"whole", NUMBER, NULL, 12, NULL, "12"},
    {"half", NUMBER, NULL, 12.5, NULL, "12.5"},
    {"0.1+0.2", NUMBER, NULL, 0.1 + 0.2, NULL, "0.3"},
    {"a third", NUMBER, NULL, 1.0 / 3, NULL, "0.333333333333333"},
    {"16 digits", NUMBER, NULL, 1234567890123456.0, "0", "1.23456789012346E+15"},
    {"16 digits, text", TEXT, "1234567890123456", 0, "@", "1234567890123456"},
    {"percent", NUMBER, NULL, 0.285, "0.00%", "28.5%"},
    {"percent, whole", NUMBER, NULL, 0.85, "0%", "85%"},
    {"money", NUMBER, NULL, 1234.5, "#,##0.00 [$\u20ac-407];[Red]-#,##0.00 [$\u20ac-407]",
     "1234.5"},
    {"zeros only", NUMBER, NULL, 42, "00000", "00042"},
    {"date, ISO", NUMBER, NULL, DAYS, "yyyy-mm-dd", "2026-11-30"},
    {"date, German", NUMBER, NULL, DAYS, "dd.mm.yyyy", "2026-11-30"},
    {"date, words", NUMBER, NULL, DAYS, "mmmm d\\, yyyy", "2026-11-30"},
    {"date-time", NUMBER, NULL, DAYS + TIME, "dd.mm.yy hh:mm:ss", "2026-11-30T15:04:05"},
    {"time", NUMBER, NULL, TIME, "hh:mm:ss", "15:04:05"},
    {"duration", NUMBER, NULL, DURATION, "[hh]:mm:ss", "27:15:00"},
    {"a word in quotes is no date", NUMBER, NULL, 12, "0 \"days\"", "12"},
    {"a color is no date", NUMBER, NULL, 12, "[Red]0.0", "12"},
    {"true", TRUTH, NULL, 1, NULL, "TRUE"},
    {"false", TRUTH, NULL, 0, NULL, "FALSE"},
    {"formula, no value given", FORMULA, "=B5*2", 0, NULL, "0"}, /* it writes a 0 */
    {"formula, number", FORMULA_NUMBER, "=B5*2", 24, NULL, "24"},
    {"formula, text", FORMULA_TEXT, "=B2&\"x\"", 0, "00123x", "00123x"},
    {"formula, error", FORMULA_TEXT, "=1/0", 0, "#DIV/0!", "#DIV/0!"},
    {"formula, lost", FORMULA_TEXT, "=#REF!+1", 0, "#REF!", "#REF!"},
    {"formula, truth", FORMULA_TEXT, "=1=1", 0, "TRUE", "TRUE"},
    {"rich", RICH, "plain |and bold| again", 0, NULL, "plain and bold again"},
    {"umlauts", TEXT, "J\u00fcrgen Gr\u00f6\u00dfe, \u0110\u1eb7ng, \u0141ukasz", 0, NULL,
     "J\u00fcrgen Gr\u00f6\u00dfe, \u0110\u1eb7ng, \u0141ukasz"},
    {"emoji", TEXT, "\U0001f98a \u6771\u4eac", 0, NULL, "\U0001f98a \u6771\u4eac"},
    {"lines and quotes", TEXT, "she said \"hi\"\nand\n\nleft", 0, NULL,
     "she said \"hi\"\nand\n\nleft"},
    {"blanks", TEXT, " a   b ", 0, NULL, " a   b "},
    {"markup", TEXT, "<b>&amp;</b> ]]>", 0, NULL, "<b>&amp;</b> ]]>"},
};

/* ---- the twin ---- */

static void put_field(FILE *f, const char *text)
{
    bool quoted = strpbrk(text, ",\"\r\n") != NULL;

    fputs(quoted ? "\"" : "", f);
    for (; *text; text++)
        fprintf(f, *text == '"' ? "\"\"" : "%c", *text);
    fputs(quoted ? "\"" : "", f);
}

static FILE *twin_open(const char *fixture, const char *sheet)
{
    char path[256];

    snprintf(path, sizeof(path), "%s.%s.csv", fixture, sheet);
    return fopen(path, "w");
}

/* ---- the workbook ---- */

static void put_rich(lxw_workbook *book, lxw_worksheet *sheet, lxw_row_t row)
{
    lxw_format *bold = workbook_add_format(book);
    lxw_rich_string_tuple plain = {NULL, "plain "}, heavy = {bold, "and bold"},
                          again = {NULL, " again"};
    lxw_rich_string_tuple *parts[] = {&plain, &heavy, &again, NULL};

    format_set_bold(bold);
    worksheet_write_rich_string(sheet, row, 1, parts, NULL);
}

static void put_kind(lxw_workbook *book, lxw_worksheet *sheet, lxw_row_t row, const struct kind *k)
{
    lxw_format *format = NULL;

    if ((k->what == NUMBER || k->what == TEXT) && k->format) {
        format = workbook_add_format(book);
        format_set_num_format(format, k->format);
    }
    switch (k->what) {
    case TEXT:
        worksheet_write_string(sheet, row, 1, k->text, format);
        break;
    case NUMBER:
        worksheet_write_number(sheet, row, 1, k->number, format);
        break;
    case TRUTH:
        worksheet_write_boolean(sheet, row, 1, (int)k->number, NULL);
        break;
    case FORMULA:
        worksheet_write_formula(sheet, row, 1, k->text, NULL);
        break;
    case FORMULA_NUMBER:
        worksheet_write_formula_num(sheet, row, 1, k->text, NULL, k->number);
        break;
    case FORMULA_TEXT:
        worksheet_write_formula_str(sheet, row, 1, k->text, NULL, k->format);
        break;
    case RICH:
        put_rich(book, sheet, row);
        break;
    case LINK:
        worksheet_write_url(sheet, row, 1, k->text, NULL);
        break;
    }
}

static lxw_row_t put_kinds(lxw_workbook *book, lxw_worksheet *sheet, FILE *twin)
{
    lxw_row_t row = 0;

    worksheet_write_string(sheet, row, 0, "Kind", NULL);
    worksheet_write_string(sheet, row, 1, "Value", NULL);
    worksheet_write_string(sheet, row, 2, "Mark", NULL);
    fputs("Kind,Value,Mark\n", twin);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char mark[16];

        row++;
        worksheet_write_string(sheet, row, 0, kinds[i].name, NULL);
        put_kind(book, sheet, row, &kinds[i]);
        put_field(twin, kinds[i].name);
        fputc(',', twin);
        put_field(twin, kinds[i].want);
        if (i % 3) {
            snprintf(mark, sizeof(mark), "m%zu", i);
            worksheet_write_string(sheet, row, 2, mark, NULL);
            fprintf(twin, ",%s", mark);
        }
        fputc('\n', twin);
    }
    return row;
}

/* Behind two empty rows. */
static void put_rest(lxw_workbook *book, lxw_worksheet *sheet, lxw_row_t row, bool inlined,
                     FILE *twin)
{
    lxw_row_col_options hidden = {.hidden = LXW_TRUE};
    lxw_format *format = workbook_add_format(book);

    format_set_num_format(format, "0.00");
    worksheet_write_string(sheet, row, 0, "merged", NULL);
    if (!inlined) /* it would write into a row that is gone */
        worksheet_merge_range(sheet, row, 1, row + 1, 2, "over four", NULL);
    fputs(inlined ? "\n\nmerged\n" : "\n\nmerged,over four\n", twin);
    worksheet_write_string(sheet, row + 1, 3, "D alone", NULL);
    fputs(",,,D alone\n", twin);
    worksheet_set_row_opt(sheet, row + 2, LXW_DEF_ROW_HEIGHT, NULL, &hidden);
    worksheet_write_string(sheet, row + 2, 0, "hidden", NULL);
    worksheet_write_number(sheet, row + 2, 1, 1, NULL);
    fputs("hidden,1\n", twin);
    worksheet_write_blank(sheet, row + 900, 50, format);
}

static int make(const char *path, bool inlined)
{
    lxw_workbook_options options = {.constant_memory = inlined ? LXW_TRUE : LXW_FALSE};
    lxw_workbook *book = workbook_new_opt(path, &options);
    lxw_worksheet *sheet = workbook_add_worksheet(book, "Kinds"), *old;
    FILE *twin = twin_open(path, "Kinds"), *old_twin = twin_open(path, "Old");
    lxw_chart *chart;

    put_rest(book, sheet, put_kinds(book, sheet, twin) + 3, inlined, twin);
    chart = workbook_add_chart(book, LXW_CHART_COLUMN);
    chart_add_series(chart, NULL, "=Kinds!$B$5:$B$7");
    chartsheet_set_chart(workbook_add_chartsheet(book, "Chart"), chart);
    old = workbook_add_worksheet(book, "Old");
    worksheet_hide(old);
    worksheet_write_string(old, 0, 0, "Last year", NULL);
    worksheet_write_number(old, 1, 0, 2025, NULL);
    fputs("Last year\n2025\n", old_twin);
    fclose(twin);
    fclose(old_twin);
    return workbook_close(book) == LXW_NO_ERROR ? 0 : -1;
}

int main(void)
{
    return make("xlsxwriter.xlsx", false) || make("xlsxwriter-inline.xlsx", true);
}
