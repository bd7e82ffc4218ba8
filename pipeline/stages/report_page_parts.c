/* report_page_parts: what a page says in words; each part is silent where there is nothing to say. */
#include "report_page.h"

#include "actions/action.h"
#include "adapters/fetch.h"
#include "base/count.h"
#include "policy/gist.h"
#include "policy/redact.h"
#include "stages/page.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#define AIMS_SHOWN 5
#define BACK_SHOWN 50
#define BACK_BEGINS "came back " /* policy/bounce.h */
#define WHO_CELLS 2
#define WHO_MAX 120 /* bytes of each */

static struct gist_facts gist_facts(const struct report_page *p, const struct report_summary *s)
{
    return (struct gist_facts){.rows = s->rows,
                               .simulated = s->simulated,
                               .running = !s->simulated && p->ended_ms == 0,
                               .stopped = p->o->stopped && *p->o->stopped};
}

/* No folder, whose name may be a person's. */
static const char *input_name(const struct report_page *p)
{
    const char *name = p->input ? p->input : p->facts->name;
    const char *slash = fetch_is_url(name) ? NULL : strrchr(name, '/');

    if (strcmp(name, "-") == 0)
        return "standard input";
    return slash ? slash + 1 : name;
}

/* ---- what it is about ---- */

void report_page_title(struct report_page *p, const struct report_summary *s)
{
    (void)s;
    if (p->o->simulated)
        text_puts(&p->buffer, "Dry run of ");
    else
        text_printf(&p->buffer, "Run %" PRId64 " of ", p->o->run);
    page_put(&p->buffer, input_name(p));
}

void report_page_verdict(struct report_page *p, const struct report_summary *s)
{
    static const char *const names[] = {[GIST_DONE] = "done",
                                        [GIST_OPEN] = "open",
                                        [GIST_PERSON] = "person",
                                        [GIST_STOPPED] = "stopped"};
    const struct gist_facts f = gist_facts(p, s);

    text_puts(&p->buffer, names[gist_of(&f)]);
}

void report_page_sentence(struct report_page *p, const struct report_summary *s)
{
    const struct gist_facts f = gist_facts(p, s);

    gist_say(&f, &p->buffer);
    if (s->back) {
        text_puts(&p->buffer, "</p>\n<p class=\"stopped\">");
        count_put(&p->buffer, s->back, "message", "messages");
        text_puts(&p->buffer, " came back:</p>\n<ul>\n");
        text_append(&p->buffer, p->back.ptr, p->back.len);
        if (p->n_back > BACK_SHOWN)
            text_puts(&p->buffer, "<li>and others, which the results name</li>\n");
        text_puts(&p->buffer, "</ul>\n<p>");
    }
    if (!f.stopped)
        return;
    text_puts(&p->buffer, "</p>\n<p class=\"stopped\">Why it stopped: ");
    page_put(&p->buffer, p->o->stopped);
}

static void put_aim(struct text *out, const struct report_aim *aim, bool of_several)
{
    text_puts(out, "<dd>");
    if (of_several)
        text_printf(out, "step %u: ", aim->step);
    page_put(out, aim->action);
    text_puts(out, " <bdi class=\"id\">");
    page_put(out, aim->name);
    text_puts(out, "</bdi></dd>\n");
}

static void put_aims(const struct report_page *p, struct text *out)
{
    size_t n = p->aims->n, shown = n > AIMS_SHOWN ? AIMS_SHOWN : n;

    if (n == 0)
        return;
    text_printf(out, "<div><dt>%s</dt>\n", n == 1 ? "Target" : "Targets");
    for (size_t i = 0; i < shown; i++)
        put_aim(out, &p->aims->list[i], p->aims->steps > 1);
    if (n > shown)
        text_printf(out, "<dd>and %zu more</dd>\n", n - shown);
    text_puts(out, "</div>\n");
}

void report_page_about(struct report_page *p, const struct report_summary *s)
{
    struct text *out = &p->buffer;

    (void)s;
    text_puts(out, "<div><dt>Started</dt><dd>");
    page_put_time(out, p->started_ms);
    text_puts(out, "</dd></div>\n<div><dt>Ended</dt><dd>");
    if (p->ended_ms) {
        page_put_time(out, p->ended_ms);
        text_puts(out, "</dd></div>\n<div><dt>Took</dt><dd>");
        page_put_length(out, p->ended_ms - p->started_ms);
    } else {
        text_puts(out, "not yet: this is what is known by now");
    }
    text_puts(out, "</dd></div>\n");
    if (p->paced) {
        text_puts(out, "<div><dt>Requests</dt><dd>");
        count_number(out, timeline_sum(&p->times, TIMELINE_REQUESTS));
        text_puts(out, "</dd></div>\n");
    }
    put_aims(p, out);
}

/* ---- counts ---- */

static const char *meaning_of(enum status status, bool simulated)
{
    switch (status) {
    case STATUS_SUCCESS:
        return simulated ? "the service would take them" : "done and confirmed";
    case STATUS_FAILED:
        return simulated ? "the service would refuse them" : "refused";
    case STATUS_PENDING:
        return "accepted, and not yet confirmed";
    case STATUS_UNKNOWN:
        return "sent, and nobody can tell";
    case STATUS_DUPLICATE:
        return "done before, or twice in the file";
    case STATUS_SKIPPED:
        return "not to be done";
    case STATUS_INVALID:
        return "nothing could be sent for them";
    case STATUS_UNSENT:
        return "their turn has not come";
    case STATUS_COUNT:
        break;
    }
    return "";
}

/* Shares of a bar of 1000; it is decoration beside the numbers. */
static void put_bar(struct text *out, const struct report_summary *s, uint64_t total)
{
    double at = 0;

    text_puts(out, "<svg class=\"share\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" "
                   "aria-hidden=\"true\" focusable=\"false\">");
    for (int i = 0; i < STATUS_COUNT; i++) {
        double width = 1000.0 * (double)s->rows[i] / (double)total;

        if (s->rows[i])
            text_printf(out,
                        "<rect class=\"s-%s\" x=\"%.2f\" y=\"0\" width=\"%.2f\" height=\"10\"/>",
                        status_name((enum status)i), at, width);
        at += width;
    }
    text_puts(out, "</svg>\n");
}

void report_page_counts(struct report_page *p, const struct report_summary *s)
{
    struct text *out = &p->buffer;
    uint64_t total = 0;

    for (int i = 0; i < STATUS_COUNT; i++)
        total += s->rows[i];
    if (total > 0)
        put_bar(out, s, total);
    text_puts(out, "<ul class=\"counts\">\n<li class=\"all\"><b>");
    count_number(out, total);
    text_printf(out, "</b> <span>%s</span></li>\n", total == 1 ? "row" : "rows");
    for (int i = 0; i < STATUS_COUNT; i++) {
        enum status status = (enum status)i;

        if (!s->rows[i])
            continue;
        text_printf(out, "<li class=\"s-%s\"><b>", status_name(status));
        count_number(out, s->rows[i]);
        text_printf(out, "</b> <span>%s</span> <small>%s", report_status_name(status, s->simulated),
                    meaning_of(status, s->simulated));
        if (status == STATUS_FAILED && s->kept) {
            text_puts(out, "; ");
            count_number(out, s->kept);
            text_puts(out, " of them before, and not tried again");
        }
        text_puts(out, "</small></li>\n");
    }
    text_puts(out, "</ul>\n");
}

/* ---- what can be done ---- */

static bool needs_server(const struct report_page *p)
{
    for (size_t i = 0; i < p->aims->n; i++) {
        const struct action *action = action_find(p->aims->list[i].action);

        if (action && !action->local)
            return true;
    }
    return false;
}

const char *report_page_advice(const struct report_page *p, enum status status)
{
    if (status == STATUS_INVALID)
        return "Correct the line in the file, then run the same command again.";
    if (status == STATUS_UNKNOWN)
        return "Look whether they have it. Run the same command again to ask once more; "
               "--resend-unknown sends it again, once.";
    return needs_server(p) ? "Put right what the reason says, then run the same command with "
                             "--retry-failed."
                           : "Add codes, then run the same command again.";
}

/* Whoever can see the page need not be who may see the key that a URL holds. */
static bool may_show(const char *command)
{
    const char *url = command ? strstr(command, "://") : NULL;

    return command && *command && !(url && strpbrk(url, "?@"));
}

static void put_advice(struct text *out, const struct report_advice *a)
{
    text_printf(out, "<li><p>%c", toupper((unsigned char)*a->words));
    page_put(out, a->words + 1);
    if (may_show(a->command)) {
        text_puts(out, ":</p>\n<pre><code>");
        page_put(out, a->command);
        text_puts(out, "</code></pre></li>\n");
    } else {
        text_printf(out, "%s.</p></li>\n",
                    a->together ? ": the same command with --retry-failed" : "");
    }
}

void report_page_next(struct report_page *p, const struct report_summary *s)
{
    struct report_advice list[REPORT_NEXT_MAX];
    struct report_next next = p->o->next;
    struct text *out = &p->buffer;
    size_t n;

    next.needs_server = needs_server(p);
    n = report_next_list(s, &next, list);
    if (n == 0 && !s->rows[STATUS_INVALID])
        return;
    text_puts(out, "<section aria-labelledby=\"next\">\n<h2 id=\"next\">What to do now</h2>\n"
                   "<ul class=\"next\">\n");
    for (size_t i = 0; i < n; i++)
        put_advice(out, &list[i]);
    if (s->rows[STATUS_INVALID])
        put_advice(out,
                   &(struct report_advice){
                       .words = "to do the invalid rows: correct them in the file, then run the "
                                "same command again; what is done is not done twice",
                       .command = n > 0 ? NULL : next.command});
    text_puts(out, "</ul>\n</section>\n");
}

/* ---- reasons ---- */

static void put_lines(struct text *out, const struct reason *r)
{
    size_t n = r->rows < REASONS_LINES ? (size_t)r->rows : REASONS_LINES;

    for (size_t i = 0; i < n; i++) {
        text_puts(out, i > 0 ? ", " : "");
        text_printf(out, "%" PRIu64, r->lines[i]);
    }
    if (r->rows > n) {
        text_puts(out, " and ");
        count_number(out, r->rows - n);
        text_puts(out, " more");
    }
}

/* By what its rows are found: all that stands before a value that was taken out. */
static void put_find(struct text *out, const struct reason *r)
{
    struct text before;
    const char *gap = strstr(r->text, "…");

    text_init(&before);
    text_append(&before, r->text, gap ? (size_t)(gap - r->text) : strlen(r->text));
    text_printf(out,
                " <button type=\"button\" class=\"find\" hidden data-status=\"%s\" data-find=\"",
                status_name(r->status));
    page_put(out, before.ptr);
    text_puts(out, "\">Show these rows</button>");
    if (!text_ok(&before))
        out->failed = true;
    text_release(&before);
}

static void put_reason(struct text *out, const struct report_summary *s, const struct reason *r)
{
    text_puts(out, "<tr role=\"row\"><td role=\"cell\" class=\"n\" data-label=\"Rows\">");
    count_number(out, r->rows);
    text_puts(out, "</td><th role=\"rowheader\" scope=\"row\" data-label=\"Reason\">");
    text_printf(out, "<span class=\"tag s-%s\">%s</span> <bdi>", status_name(r->status),
                report_status_name(r->status, s->simulated));
    page_put(out, *r->text ? r->text : "no reason was given");
    text_puts(out, "</bdi>");
    if (r->first_run)
        text_puts(out, " <small>failed before, and not tried again</small>");
    if (report_has(REPORT_PERSON, r->status))
        put_find(out, r);
    text_puts(out, "</th><td role=\"cell\" class=\"lines\" data-label=\"Lines\">");
    put_lines(out, r);
    text_puts(out, "</td></tr>\n");
}

void report_page_reasons(struct report_page *p, const struct report_summary *s)
{
    static const char head[] =
        "<section aria-labelledby=\"reasons\">\n<h2 id=\"reasons\">Why rows are not done</h2>\n"
        "<div class=\"wide\"><table role=\"table\" class=\"reasons\">"
        "<caption>Reasons, and the lines of the input that have them</caption>\n"
        "<thead role=\"rowgroup\"><tr role=\"row\">"
        "<th role=\"columnheader\" scope=\"col\" class=\"n\">Rows</th>"
        "<th role=\"columnheader\" scope=\"col\">Reason</th>"
        "<th role=\"columnheader\" scope=\"col\">Lines</th></tr></thead>\n"
        "<tbody role=\"rowgroup\">\n";
    struct text *out = &p->buffer;

    if (s->reasons.n == 0)
        return;
    text_puts(out, head);
    for (size_t i = 0; i < s->reasons.n; i++)
        put_reason(out, s, &s->reasons.list[i]);
    text_puts(out, "</tbody></table></div>\n");
    if (s->reasons.others) {
        text_puts(out, "<p>");
        count_put(out, s->reasons.others, "row has another reason", "rows have other reasons");
        text_puts(out, ", which the results say.</p>\n");
    }
    text_puts(out, "</section>\n");
}

/* ---- rows that need a person ---- */

void report_page_people(struct report_page *p, const struct report_summary *s)
{
    struct text *out = &p->buffer;

    (void)s;
    if (p->people == 0) {
        text_puts(out, "<p>No row needs a person.</p>\n");
        return;
    }
    text_puts(out, "<p>");
    count_put(out, p->people, "row", "rows");
    text_puts(out, p->people == 1 ? " failed, is invalid or unknown."
                                  : " failed, are invalid or unknown.");
    if (p->people > p->listed) {
        text_puts(out, " The first ");
        count_number(out, p->listed);
        text_puts(out, " are here; all of them are in the results");
        if (p->o->next.results && strcmp(p->o->next.results, "-") != 0) {
            text_puts(out, ", ");
            page_put(out, p->o->next.results);
        }
        text_puts(out, ".");
    }
    text_puts(out, "</p>\n");
}

/* The page is handed on, to others than the results are. */
static bool is_secret(const struct columns *header, size_t column)
{
    struct text name;
    bool yes;

    if (column >= header->n)
        return false;
    text_init(&name);
    text_append(&name, header->names[column].ptr, header->names[column].len);
    yes = !text_ok(&name) || redact_is_secret_name(name.ptr);
    text_release(&name);
    return yes;
}

const char *report_page_who(struct report_page *p, const struct report_row *row)
{
    const char *recipient = row->added[0].texts[ADDED_RECIPIENT];
    const struct record *record = row->record;
    int shown = 0;

    if (*recipient)
        return recipient;
    text_clear(&p->who);
    for (size_t i = 0; i < record->nfields && shown < WHO_CELLS; i++) {
        if (record->fields[i].len == 0 || is_secret(&p->facts->header, i))
            continue;
        text_puts(&p->who, shown++ > 0 ? ", " : "");
        text_append(&p->who, record->fields[i].ptr,
                    record->fields[i].len < WHO_MAX ? record->fields[i].len : WHO_MAX);
    }
    return p->who.ptr;
}

void report_page_back(struct report_page *p, const struct report_row *row)
{
    const char *note = row->added[0].texts[ADDED_NOTE];

    if (strncmp(note, BACK_BEGINS, strlen(BACK_BEGINS)) != 0 || ++p->n_back > BACK_SHOWN)
        return;
    text_printf(&p->back, "<li>line %" PRIu64 ", <bdi>", row->record->line);
    page_put(&p->back, report_page_who(p, row));
    text_puts(&p->back, "</bdi>: <bdi>");
    page_put(&p->back, note);
    text_puts(&p->back, "</bdi></li>\n");
}

void report_page_plain(struct report_page *p, const struct report_row *row)
{
    const struct report_added *added = &row->added[0];
    struct text *out = &p->first;

    text_printf(out, "<tr><th scope=\"row\" class=\"n\">%" PRIu64 "</th><td>%s</td><td><bdi>",
                row->record->line, report_status_name(added->status, p->o->simulated));
    page_put(out, report_page_who(p, row));
    text_puts(out, "</bdi></td><td><bdi>");
    page_put(out, added->texts[ADDED_ERROR]);
    text_printf(out, "</bdi></td><td>%s</td></tr>\n", report_page_advice(p, added->status));
}

void report_page_plain_rows(struct report_page *p, const struct report_summary *s)
{
    (void)s;
    text_append(&p->buffer, p->first.ptr, p->first.len);
}

/* What the script needs besides the rows; statuses in the order of their numbers in the rows. */
void report_page_facts(struct report_page *p, const struct report_summary *s)
{
    static const enum status statuses[] = {STATUS_FAILED, STATUS_INVALID, STATUS_UNKNOWN};
    struct text *out = &p->buffer;

    text_puts(out, "{\"statuses\":[");
    for (size_t i = 0; i < 3; i++) {
        text_printf(out, "%s{\"name\":\"%s\",\"class\":\"s-%s\",\"advice\":", i > 0 ? "," : "",
                    report_status_name(statuses[i], s->simulated), status_name(statuses[i]));
        page_quote(out, report_page_advice(p, statuses[i]), SIZE_MAX);
        text_puts(out, "}");
    }
    text_printf(out, "],\"targets\":%s}", p->aims->n > 1 ? "true" : "false");
}
