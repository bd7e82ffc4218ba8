/*
 * bounces_read: a message's fields and parts -> struct bounces_message.
 *
 * Which of ours it is about is asked in this order: the address that it came to, the Message-ID in the copy of the message
 * (or of its header) that a report has in it, and where there is no such copy as a part, in the text, in which qmail and
 * gateways put it, and in the fields by which mail programs make threads.
 */
#include "bounces_internal.h"

#include "adapters/digest.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

static const char *value(const struct mimeread_part *p, const char *name)
{
    const struct mimeread_field *f = mimeread_field(p, name);

    return f ? f->value : NULL;
}

static bool in_copy(const struct mimeread_part *p)
{
    for (p = p->parent; p; p = p->parent)
        if (strcmp(p->type, "message/rfc822") == 0 || strcmp(p->type, "message/global") == 0)
            return true;
    return false;
}

/* ---- which message ---- */

static void find_address(const struct mimeread_part *top, struct bounces_message *out)
{
    static const char *const names[] = {"To",          "Delivered-To",  "X-Original-To",
                                        "Envelope-To", "X-Envelope-To", "X-Delivered-To"};

    for (size_t i = 0; i < top->n_fields && !*out->address; i++)
        for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
            if (slice_is(top->fields[i].name, names[k]) &&
                bounce_address(slice_of(top->fields[i].value), out->address))
                break;
}

static void take_id(struct bounces_message *out, const char *id)
{
    if (id && !*out->original && !bounce_message_id(slice_of(id), out->original, out->domain))
        out->other = true;
}

/* Of the outermost copy of a message, or of its header. */
static int find_copy(const struct mimeread_part *top, struct arena *a, struct bounces_message *out)
{
    for (const struct mimeread_part *p = top; p; p = mimeread_next(p)) {
        const struct mimeread_field *fields;
        struct slice rest = p->body;
        int n;

        if (in_copy(p)) {
            take_id(out, value(p, "Message-ID"));
            return 0;
        }
        if (strcmp(p->type, "text/rfc822-headers") != 0 &&
            strcmp(p->type, "message/global-headers") != 0)
            continue;
        n = mimeread_group(&rest, a, &fields);
        for (int i = 0; i < n; i++)
            if (slice_is(fields[i].name, "Message-ID"))
                take_id(out, fields[i].value);
        return n < 0 ? -1 : 0;
    }
    return 0;
}

static void find_in_text(const struct mimeread_part *top, struct bounces_message *out)
{
    struct slice text = out->facts.text;

    if (*out->original || out->other)
        return;
    if (bounce_message_id(text, out->original, out->domain))
        return;
    if (!*out->address && bounce_address(text, out->address))
        return;
    for (size_t i = 0; i < top->n_fields; i++)
        if ((slice_is(top->fields[i].name, "In-Reply-To") ||
             slice_is(top->fields[i].name, "References")) &&
            bounce_message_id(slice_of(top->fields[i].value), out->original, out->domain))
            return;
}

bool bounces_own_id(const struct mimeread *m, char token[BOUNCE_TOKEN_MAX],
                    char domain[BOUNCE_DOMAIN_MAX])
{
    const char *id = value(mimeread_top(m), "Message-ID");

    return id && bounce_message_id(slice_of(id), token, domain);
}

/* ---- what it says ---- */

/* `rfc822; bob@example.org` */
static const char *without_type(const char *address)
{
    const char *at = strchr(address, ';');

    at = at ? at + 1 : address;
    return at + strspn(at, " \t");
}

/* Those of the message as a whole are of no recipient. */
static void take_group(const struct mimeread_field *fields, int n, struct bounces_message *out)
{
    struct bounces_group g = {0};

    for (int i = 0; i < n; i++) {
        struct slice name = fields[i].name;
        const char *text = fields[i].value;

        if (slice_is(name, "final-recipient"))
            g.recipient = without_type(text);
        else if (slice_is(name, "original-recipient"))
            g.original = without_type(text);
        else if (slice_is(name, "action"))
            g.action = text;
        else if (slice_is(name, "status"))
            g.status = text;
        else if (slice_is(name, "diagnostic-code"))
            g.diagnostic = text;
    }
    if ((g.recipient || g.action || g.status) && out->n_groups < BOUNCES_GROUPS_MAX)
        out->groups[out->n_groups++] = g;
}

static int read_groups(const struct mimeread_part *top, struct arena *a,
                       struct bounces_message *out)
{
    for (const struct mimeread_part *p = top; p; p = mimeread_next(p)) {
        const struct mimeread_field *fields;
        struct slice rest = p->body;
        int n;

        if (in_copy(p) || (strcmp(p->type, "message/delivery-status") != 0 &&
                           strcmp(p->type, "message/global-delivery-status") != 0))
            continue;
        while ((n = mimeread_group(&rest, a, &fields)) > 0)
            take_group(fields, n, out);
        if (n < 0)
            return -1;
    }
    out->facts.report = out->n_groups > 0;
    return 0;
}

static void read_facts(const struct mimeread_part *top, struct bounces_message *out)
{
    struct bounce_facts *f = &out->facts;

    f->failed_recipients = value(top, "X-Failed-Recipients");
    f->auto_submitted = value(top, "Auto-Submitted");
    f->precedence = value(top, "Precedence");
    f->auto_reply = value(top, "X-Autoreply");
    if (!f->auto_reply)
        f->auto_reply = value(top, "X-Autorespond");
    f->from = value(top, "From");
    f->subject = value(top, "Subject");
    out->date = value(top, "Date");
    for (const struct mimeread_part *p = top; p && !f->text.ptr; p = mimeread_next(p))
        if (strncmp(p->type, "text/", 5) == 0 && !in_copy(p))
            f->text = p->body;
}

/* Of what no mail program changes, whatever it marks, and however the mailbox keeps lines. */
static int name_report(const struct mimeread_part *top, struct bounces_message *out)
{
    const char *const texts[] = {value(top, "Message-ID"), out->date, out->facts.from,
                                 out->facts.subject};
    struct digest *d = digest_new();
    int rc;

    if (!d)
        return -1;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = texts[i] ? texts[i] : "";

        digest_update(d, text, strlen(text) + 1);
    }
    digest_update(d, out->facts.text.ptr ? out->facts.text.ptr : "", out->facts.text.len);
    rc = digest_finish(d, out->report);
    digest_free(d);
    return rc;
}

int bounces_read(const struct mimeread *m, struct arena *a, struct bounces_message *out,
                 struct err *e)
{
    const struct mimeread_part *top = mimeread_top(m);

    memset(out, 0, sizeof(*out));
    read_facts(top, out);
    if (read_groups(top, a, out) != 0 || find_copy(top, a, out) != 0 || name_report(top, out) != 0)
        return err_nomem(e);
    find_address(top, out);
    find_in_text(top, out);
    return 0;
}
