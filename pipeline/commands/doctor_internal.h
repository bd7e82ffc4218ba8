/*
 * doctor_internal: what doctor.c finds, and doctor_words.c says.
 */
#ifndef CLAIMPIPE_COMMANDS_DOCTOR_INTERNAL_H
#define CLAIMPIPE_COMMANDS_DOCTOR_INTERNAL_H

#include "base/text.h"
#include "policy/doctor.h"

#include <stddef.h>

struct doctor_findings {
    struct doctor_finding *list;
    size_t n;
};

size_t doctor_count(const struct doctor_findings *f, enum doctor_level level);
/* out fails when memory runs out. */
void doctor_say_text(const struct doctor_findings *f, struct text *out);
void doctor_say_json(const struct doctor_findings *f, struct text *out);

#endif
