/*
 * letter: placeholder of the interface.
 */
#ifndef CLAIMPIPE_STAGES_LETTER_H
#define CLAIMPIPE_STAGES_LETTER_H

#include "base/arena.h"
#include "base/err.h"
#include "base/records.h"
#include "base/text.h"
#include "stages/letterwish.h"

#include <stddef.h>
#include <stdint.h>

struct letter;
struct letter *letter_open(const struct letter_wishes *w, const struct columns *c,
                           struct err *e) MUST_CHECK;
void letter_close(struct letter *l);
const char *letter_name(const struct letter *l);
const char *letter_notice(const struct letter *l);
struct letter_row {
    const char *recipient;
    const uint8_t *key;
    const char *salt;
    int64_t now_ms;
};
const char *letter_render(const struct letter *l, const struct letter_row *r,
                          const struct slice *fields, size_t nfields, struct arena *a,
                          struct text *out);
void letter_show(struct slice fields, struct text *out);

#endif
