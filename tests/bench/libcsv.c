/*
 * libcsv FILE: how long bare libcsv takes for one pass: chunks of 64 KiB, callbacks that only count.  Prints
 * `SECONDS RECORDS FIELDS`; the header counts as none of them.
 */
#include <csv.h>
#include <stdio.h>
#include <time.h>

#define CHUNK_SIZE 65536

struct counts {
    unsigned long long records, fields, of_header;
};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void on_field(void *bytes, size_t len, void *context)
{
    struct counts *c = context;

    (void)bytes;
    (void)len;
    c->fields++;
}

static void on_row(int end, void *context)
{
    struct counts *c = context;

    (void)end;
    if (c->records++ == 0)
        c->of_header = c->fields;
}

int main(int argc, char **argv)
{
    static char chunk[CHUNK_SIZE];
    struct counts c = {0, 0, 0};
    struct csv_parser parser;
    double begun = now();
    FILE *f = argc == 2 ? fopen(argv[1], "rb") : NULL;
    size_t n;

    if (!f || csv_init(&parser, 0) != 0)
        return 1;
    setvbuf(f, NULL, _IONBF, 0);
    while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
        if (csv_parse(&parser, chunk, n, on_field, on_row, &c) != n)
            return 1;
    csv_fini(&parser, on_field, on_row, &c);
    csv_free(&parser);
    fclose(f);
    printf("%.6f %llu %llu\n", now() - begun, c.records - 1, c.fields - c.of_header);
    return 0;
}
