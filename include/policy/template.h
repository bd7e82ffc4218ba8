/*
 * template: text with columns in it, such as `{{First Name}} {{Last Name}}`.
 *
 * `{{` NAME `}}` stands for the row's field of that column (blanks around NAME are passed over), and
 * `{{` NAME `|` DEFAULT `}}` for DEFAULT (which may be empty) where that is blank; if a column is called
 * `NAME|DEFAULT`, it is that one.  Everything else stands for itself, and there is no escape.  Compiled once against the header,
 * rendered for every row.  A compiled template is immutable: any number of threads may render it.
 */
#ifndef CLAIMPIPE_POLICY_TEMPLATE_H
#define CLAIMPIPE_POLICY_TEMPLATE_H

#include "base/err.h"
#include "base/text.h"
#include "policy/columns.h"

#include <stdbool.h>
#include <stddef.h>

struct template;

/* asked_by names the option for messages.  NULL with EXIT_USAGE: `{{` without `}}`, a column that
 * does not exist (with the nearest), or no memory (EXIT_STOPPED).  Borrows nothing. */
struct template *template_new(struct slice source, const struct columns *c, const char *asked_by,
                              struct err *e) MUST_CHECK;
void template_free(struct template *t);

/* Does it name any column? */
bool template_has_columns(const struct template *t);
/* The first column that it names, or COLUMNS_NONE. */
size_t template_column(const struct template *t);

/* Append the row's text to out.  Returns COLUMNS_NONE, or the index of the first named column whose
 * field is missing, empty or blank and has no default (out is then unspecified): such a row is invalid, not sent with
 * a hole. */
size_t template_render(const struct template *t, const struct slice *fields, size_t nfields,
                       struct text *out);

#endif
