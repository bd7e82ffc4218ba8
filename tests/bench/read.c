/*
 * read FILE: how long stages/read takes: to open it, which passes over it once to count and hash, and for one
 * pass over all records, as a run makes two.  Prints `OPEN_SECONDS PASS_SECONDS RECORDS FIELDS`.
 */
#include "stages/read.h"
#include "base/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int pass(struct input *in, unsigned long long *records, unsigned long long *fields,
                struct err *e)
{
    struct batch *b = malloc(sizeof(*b));
    int rc = b ? read_rewind(in, e) : -1;

    if (!b)
        return -1;
    batch_init(b);
    while (rc == 0 && (rc = read_batch(in, b, e)) == 0 && b->n > 0) {
        *records += b->n;
        for (size_t i = 0; i < b->n; i++)
            *fields += b->records[i].nfields;
    }
    batch_release(b);
    free(b);
    return rc;
}

int main(int argc, char **argv)
{
    struct read_wishes wishes = {0};
    struct err e = ERR_INIT;
    unsigned long long records = 0, fields = 0;
    double begun = now();
    struct input *in = argc == 2 ? read_open(argv[1], &wishes, &e) : NULL;
    double opened = now();

    if (!in || pass(in, &records, &fields, &e) != 0) {
        fprintf(stderr, "read: %s\n", argc == 2 ? e.text : "usage: read FILE");
        return 1;
    }
    printf("%.6f %.6f %llu %llu\n", opened - begun, now() - opened, records, fields);
    read_close(in);
    return 0;
}
