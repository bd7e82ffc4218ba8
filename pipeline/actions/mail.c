/*
 * mail: a message to the recipient, by the mail server.
 *
 *   send -> 250 after the end: DONE, handed over -> (what comes back is read by `bounces`)
 *      \--> died after the end, before its reply: LOST, for it may have been taken
 *
 * Nobody can be asked what became of a message, so it has neither poll nor lookup; and it is never repeated.
 */
#include "actions/action.h"
#include "adapters/json.h"
#include "adapters/qr.h"
#include "base/arena.h"
#include "base/mem.h"
#include "policy/mailaddress.h"
#include "policy/message.h"
#include "policy/redact.h"
#include "policy/smtpreply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_PNG "image/png"
#define ID_QR "qr@claimpipe"

static int64_t cost(const struct target *t, int64_t n)
{
    (void)t;
    (void)n;
    return 0; /* of the service */
}

/* ---- the message ---- */

/* What the request borrows, until it is over. */
struct held {
    struct arena arena;
    struct json *doc;
    struct text name, png;
    struct request_file places[MESSAGE_FILES_MAX];
};

static void release(void *held)
{
    struct held *h = held;

    text_release(&h->name);
    text_release(&h->png);
    json_free(h->doc);
    arena_release(&h->arena);
    free(h);
}

/* NULL: no memory. */
static struct held *held_new(const char *fields)
{
    struct held *h = mem_zero(1, sizeof(*h));
    struct text object;

    if (!h)
        return NULL;
    arena_init(&h->arena);
    text_init(&h->name);
    text_init(&h->png);
    text_init(&object);
    text_puts(&object, "{");
    text_puts(&object, fields);
    text_puts(&object, "}");
    if (text_ok(&object))
        h->doc = json_parse((struct slice){object.ptr, object.len});
    text_release(&object);
    if (h->doc)
        return h;
    release(h);
    return NULL;
}

static struct slice member(const struct held *h, const char *name)
{
    struct slice s = json_text(json_get(h->doc, name));

    return s.ptr ? s : (struct slice){"", 0};
}

static int add_field(void *context, struct slice name, const struct json *value)
{
    struct message *m = context;

    if (m->n_fields < MESSAGE_FIELDS_MAX)
        m->fields[m->n_fields++] = (struct message_field){name, json_text(value)};
    return 0;
}

static void add_files(struct message *m, const struct json *files)
{
    for (size_t i = 0; i < json_count(files) && m->n_files < MESSAGE_FILES_MAX; i++)
        m->files[m->n_files++].path = json_text(json_at(files, i));
}

/* The code is made here and not kept with the row: thousands may be waiting. */
static void add_qr(struct held *h, struct message *m)
{
    struct slice link = member(h, "qr");

    if (link.len == 0 || qr_png(link, &h->png) != NULL)
        return;
    m->pictures[m->n_pictures++] =
        (struct message_picture){slice_of(ID_QR), slice_of(TYPE_PNG), {h->png.ptr, h->png.len}};
}

static void write_message(struct held *h, struct request *out)
{
    struct message m = {.id = member(h, "id"),
                        .to = member(h, "to"),
                        .to_name = member(h, "name"),
                        .subject = member(h, "subject"),
                        .text = member(h, "text"),
                        .html = member(h, "html")};

    json_int(json_get(h->doc, "date"), &m.date_ms);
    if (mailaddress_split(member(h, "from"), &h->name, &m.from) != NULL)
        m.from = member(h, "from"); /* which stages/letter.h does not let through */
    m.from_name = (struct slice){h->name.ptr, h->name.len};
    json_each(json_get(h->doc, "headers"), add_field, &m);
    add_files(&m, json_get(h->doc, "files"));
    add_qr(h, &m);
    message_write(&m, &out->body, h->places);
    out->mail.files = h->places;
    out->mail.n_files = m.n_files;
    out->body.failed = out->body.failed || !text_ok(&h->name) || !text_ok(&h->png);
}

static void send(const struct target *t, const struct step *steps, struct request *out)
{
    struct held *h = held_new(steps->fields);
    struct slice copy;

    (void)t;
    if (!h) {
        out->body.failed = true;
        return;
    }
    copy = member(h, "copy");
    out->mail = (struct request_mail){.from = member(h, "sender").ptr,
                                      .to = member(h, "to").ptr,
                                      .copy = copy.len ? copy.ptr : NULL,
                                      .id = member(h, "id").ptr,
                                      .held = h,
                                      .release = release};
    write_message(h, out);
}

/* ---- its answer ---- */

static void read_send(const struct target *t, const struct answer *a, struct verdict *v)
{
    static const enum verdict_kind kinds[] = {
        [SMTPREPLY_HANDED_OVER] = VERDICT_DONE, [SMTPREPLY_REFUSED_ROW] = VERDICT_REFUSED,
        [SMTPREPLY_LATER_ROW] = VERDICT_LATER,  [SMTPREPLY_LATER_ALL] = VERDICT_LIMITED,
        [SMTPREPLY_STOP] = VERDICT_STOP,        [SMTPREPLY_AGAIN] = VERDICT_AGAIN,
        [SMTPREPLY_LOST] = VERDICT_LOST};
    struct text words;

    (void)t;
    memset(v, 0, sizeof(*v));
    text_init(&words);
    v->kind = kinds[smtpreply_read(a, &words)];
    v->refusal = REFUSAL_OF_ROW;
    if (v->kind != VERDICT_DONE) {
        snprintf(v->text, sizeof(v->text), "%s", text_ok(&words) ? words.ptr : "");
        redact_apply(a->secrets, v->text);
    }
    text_release(&words);
}

const struct action action_mail = {
    .name = "mail",
    .of = "letter",
    .mails = true,
    .batch_max = 1,
    .cost = cost,
    .send = send,
    .read_send = read_send,
};
