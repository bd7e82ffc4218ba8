/*
 * entities: what `&eacute;`, `&#233;` and `&#xE9;` stand for in HTML.  A name that is unknown, and one without its `;`, is
 * none: it stays as it is.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_ENTITIES_H
#define CLAIMPIPE_POLICY_ENTITIES_H

#include "base/slice.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* s begins with '&'.  How many bytes the entity takes, 0: it is none; and the code point (U+FFFD for what is none). */
size_t entities_read(struct slice s, uint32_t *code);
/* Appends a code point as UTF-8. */
void entities_put(uint32_t code, struct text *out);

#endif
