/*
 * mailing: what stands between a letter and the run that sends it.
 *
 * In the ledger a letter is known by its name alone: another mail server, or another folder of the same letter, sends
 * nobody a second one.  What goes into an outbox was not sent, and has a name of its own.
 */
#include "stages/mailing.h"

#include "adapters/folders.h"
#include "base/mem.h"
#include "stages/job.h"
#include "stages/letter.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool is_called(struct slice name, const char *what)
{
    return slice_same(slice_trim(name), slice_of(what));
}

/* A name that is hidden is one of blanks, which is never found. */
static struct slice shown(struct slice name, bool gives_code, bool gives_link)
{
    bool hidden =
        (gives_code && is_called(name, "code")) || (gives_link && is_called(name, "link"));

    return hidden ? slice_of("") : name;
}

static int name_columns(struct mailing *m, struct columns *c, bool gives_code, bool gives_link,
                        struct err *e)
{
    m->names = mem_zero(c->n + 2, sizeof(*m->names));
    if (!m->names)
        return err_nomem(e);
    for (size_t i = 0; i < c->n; i++)
        m->names[i] = shown(c->names[i], gives_code, gives_link);
    m->n = c->n;
    m->names[m->n] = slice_of(gives_code ? "code" : "");
    m->names[m->n + 1] = slice_of(gives_link ? "link" : "");
    c->names = m->names;
    c->n += 2;
    return 0;
}

static int name_letter(struct mailing *m, const char *outbox, struct err *e)
{
    char path[PATH_MAX];
    struct text t;

    text_init(&t);
    text_puts(&t, letter_name(m->letter));
    if (outbox) {
        folders_find(outbox, path);
        text_printf(&t, " > %s", path);
    }
    m->name = text_ok(&t) ? mem_copy(t.ptr, t.len) : NULL;
    text_release(&t);
    return m->name ? 0 : err_nomem(e);
}

int mailing_open(struct mailing *m, const struct jobmail *server, const struct job_target *t,
                 const struct columns *c, bool gives_code, bool gives_link, struct err *e)
{
    struct letter_wishes w = t->letter;
    struct columns all = *c;

    memset(m, 0, sizeof(*m));
    w.path = t->id;
    if (name_columns(m, &all, gives_code, gives_link, e) != 0)
        return -1;
    m->letter = letter_open(&w, &all, e);
    return m->letter ? name_letter(m, server->outbox, e) : -1;
}

void mailing_close(struct mailing *m)
{
    letter_close(m->letter);
    free(m->names);
    free(m->name);
    memset(m, 0, sizeof(*m));
}

const char *mailing_render(const struct mailing *m, const struct mailing_row *row,
                           struct slice *fields, struct arena *a, struct text *out)
{
    const struct letter_row r = {
        .recipient = row->recipient, .key = row->key, .salt = row->salt, .now_ms = row->now_ms};

    fields[m->n] = row->gift.code;
    fields[m->n + 1] = row->gift.link;
    return letter_render(m->letter, &r, fields, m->n + 2, a, out);
}
