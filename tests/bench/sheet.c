/*
 * sheet FILE.xlsx TO.csv: the first sheet of a workbook as CSV, as stages/intake has it written before it is read: what
 * xlsx2csv does.
 */
#include "adapters/spool.h"
#include "stages/spreadsheet.h"

#include <stdio.h>
#include <stdlib.h>

static int copy(struct spool *from, const char *path, struct err *e)
{
    FILE *to = fopen(path, "w");
    char *buf = malloc(65536);
    ssize_t n = -1;

    spool_rewind(from);
    while (to && buf && (n = spool_read(from, buf, 65536, e)) > 0)
        if (fwrite(buf, 1, (size_t)n, to) != (size_t)n)
            break;
    free(buf);
    return to && fclose(to) == 0 && n == 0 ? 0 : -1;
}

static int write_sheet(struct spool *book, const char *path, struct err *e)
{
    enum spreadsheet_kind kind = spreadsheet_kind(spool_fd(book), spool_name(book), e);
    struct spreadsheet *s = NULL;
    struct spool *to = spool_new(path, e);
    struct spreadsheet_facts facts;
    int rc = -1;

    if (kind > SPREADSHEET_NONE)
        s = spreadsheet_open(spool_fd(book), spool_name(book), kind, e);
    if (s && to && spreadsheet_write(s, 0, to, &facts, e) == 0)
        rc = copy(to, path, e);
    spreadsheet_close(s);
    spool_close(to);
    return rc;
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    struct spool *book = argc == 3 ? spool_open(argv[1], NULL, &e) : NULL;
    int rc = book ? write_sheet(book, argv[2], &e) : -1;

    if (rc != 0)
        fprintf(stderr, "sheet: %s\n", argc == 3 ? e.text : "usage: sheet FILE.xlsx TO.csv");
    spool_close(book);
    return rc != 0;
}
