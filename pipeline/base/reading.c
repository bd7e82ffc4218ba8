/*
 * reading: a list of words, each of its own form, so that a text from an older ledger is understood or
 * refused as a whole.
 */
#include "base/reading.h"

#include "base/number.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 40
#define BETWEEN ", "
#define HEX "0x"
#define NO_QUOTES "no quotes"
#define NO_QUOTES_FOUND "no quotes found"
#define ESCAPE "escape "
#define BLANKS "blanks"
#define MEMBER "member "
#define SHEET "sheet "
#define HEADER "header "
#define MARK_LEN 16

static const struct {
    char c;
    const char *name;
} named[] = {{',', "comma"}, {';', "semicolon"}, {'\t', "tab"}, {'|', "pipe"}};
#define NAMED (sizeof(named) / sizeof(*named))

static const struct {
    const char *bytes, *name;
} line_ends[] = {{"\r\n", "CRLF"}, {"\n", "LF"}, {"\r", "CR"}};
#define LINE_ENDS (sizeof(line_ends) / sizeof(*line_ends))

static bool is_visible(char c)
{
    return c > ' ' && c < 0x7f;
}

void reading_init(struct reading *r)
{
    *r = (struct reading){.encoding = READING_UTF8,
                          .delimiter = ',',
                          .quote = '"',
                          .line_end = "\n",
                          .header_line = 1};
}

static const char *name_of(char c)
{
    for (size_t i = 0; i < NAMED; i++)
        if (named[i].c == c)
            return named[i].name;
    return NULL;
}

const char *reading_delimiter_name(char delimiter, char buf[2])
{
    const char *name = name_of(delimiter);

    buf[0] = delimiter;
    buf[1] = '\0';
    return name ? name : buf;
}

/* A byte by its name, as itself if it can be seen, or by its number. */
static void format_byte(char c, struct text *out)
{
    char buf[2];

    if (name_of(c) || is_visible(c))
        text_puts(out, reading_delimiter_name(c, buf));
    else
        text_printf(out, HEX "%02X", (unsigned char)c);
}

static const char *name_of_line_end(const char *bytes)
{
    for (size_t i = 0; i < LINE_ENDS; i++)
        if (strcmp(line_ends[i].bytes, bytes) == 0)
            return line_ends[i].name;
    return "LF";
}

void reading_format(const struct reading *r, struct text *out)
{
    text_printf(out, "%s, %s%s", r->encoding, r->plain ? "plain, " : "",
                r->guessed ? "guessed, " : "");
    text_printf(out, "%s%s", r->bom ? "bom, " : "", r->sep_line ? "sep, " : "");
    format_byte(r->delimiter, out);
    text_puts(out, BETWEEN);
    if (r->quote)
        format_byte(r->quote, out);
    else
        text_puts(out, r->quote_found ? NO_QUOTES_FOUND : NO_QUOTES);
    if (r->escape) {
        text_puts(out, BETWEEN ESCAPE);
        format_byte(r->escape, out);
    }
    text_printf(out, "%s, %s, ", r->blanks ? BETWEEN BLANKS : "", name_of_line_end(r->line_end));
    if (r->member > 0)
        text_printf(out, MEMBER "%" PRIu32 BETWEEN, r->member);
    if (r->sheet > 0)
        text_printf(out, SHEET "%" PRIu32 " %016" PRIx64 BETWEEN, r->sheet, r->sheet_mark);
    if (r->header_line > 0)
        text_printf(out, HEADER "%" PRIu64, r->header_line);
    else
        text_puts(out, "no header");
}

/* ---- back again ---- */

/* Takes the word at *s off, with what stands before the next one; -1: there is none, or it is too long. */
static int take_word(const char **s, char word[WORD_MAX])
{
    const char *end = strstr(*s, BETWEEN);
    size_t len = end ? (size_t)(end - *s) : strlen(*s);

    if (len == 0 || len >= WORD_MAX || (end && !end[strlen(BETWEEN)]))
        return -1;
    memcpy(word, *s, len);
    word[len] = '\0';
    *s += end ? len + strlen(BETWEEN) : len;
    return 0;
}

static bool take_if(const char **s, const char *want)
{
    const char *rest = *s;
    char word[WORD_MAX];

    if (take_word(&rest, word) || strcmp(word, want) != 0)
        return false;
    *s = rest;
    return true;
}

static int parse_hex(const char *digits, char *out)
{
    static const char all[] = "0123456789ABCDEF";

    if (strlen(digits) != 2 || !strchr(all, digits[0]) || !strchr(all, digits[1]))
        return -1;
    ptrdiff_t byte = 16 * (strchr(all, digits[0]) - all) + (strchr(all, digits[1]) - all);
    *out = (char)byte;
    return byte == 0 ? -1 : 0;
}

static int parse_byte(const char *word, char *out)
{
    for (size_t i = 0; i < NAMED; i++) {
        if (strcmp(named[i].name, word) == 0) {
            *out = named[i].c;
            return 0;
        }
    }
    if (strncmp(word, HEX, strlen(HEX)) == 0)
        return parse_hex(word + strlen(HEX), out);
    *out = word[0];
    return is_visible(word[0]) && !word[1] ? 0 : -1;
}

static int parse_encoding(const char *word, char encoding[READING_ENCODING_MAX])
{
    size_t len = strlen(word);

    if (len >= READING_ENCODING_MAX)
        return -1;
    for (size_t i = 0; i < len; i++)
        if (!is_visible(word[i]))
            return -1;
    memcpy(encoding, word, len + 1);
    return 0;
}

static int parse_line_end(const char *word, char line_end[3])
{
    for (size_t i = 0; i < LINE_ENDS; i++) {
        if (strcmp(line_ends[i].name, word) == 0) {
            memcpy(line_end, line_ends[i].bytes, strlen(line_ends[i].bytes) + 1);
            return 0;
        }
    }
    return -1;
}

/* A number behind a name. */
static int parse_number(const char *word, const char *name, int64_t max, int64_t *out)
{
    size_t len = strlen(name);

    return strncmp(word, name, len) == 0 && number_int(word + len, 1, max, out) == 0 ? 0 : -1;
}

static int parse_header(const char *word, uint64_t *line)
{
    int64_t n = 0;

    if (strcmp(word, "no header") != 0 && parse_number(word, HEADER, INT64_MAX, &n) != 0)
        return -1;
    *line = (uint64_t)n;
    return 0;
}

/* There need not be one. */
static int take_number(const char **s, const char *name, uint32_t *out)
{
    char word[WORD_MAX];
    int64_t n = 0;

    if (strncmp(*s, name, strlen(name)) != 0)
        return 0;
    if (take_word(s, word) != 0 || parse_number(word, name, INT32_MAX, &n) != 0)
        return -1;
    *out = (uint32_t)n;
    return 0;
}

static int take_quotes(const char **s, struct reading *r)
{
    char word[WORD_MAX];

    r->quote_found = take_if(s, NO_QUOTES_FOUND);
    if (r->quote_found || take_if(s, NO_QUOTES))
        return 0;
    return take_word(s, word) || parse_byte(word, &r->quote) ? -1 : 0;
}

/* There need not be one. */
static int take_escape(const char **s, struct reading *r)
{
    char word[WORD_MAX];

    if (strncmp(*s, ESCAPE, strlen(ESCAPE)) != 0)
        return 0;
    return take_word(s, word) || parse_byte(word + strlen(ESCAPE), &r->escape) ? -1 : 0;
}

/* Nor this. */
static int take_sheet(const char **s, struct reading *r)
{
    const char *rest = *s;
    char word[WORD_MAX], *mark;

    if (strncmp(rest, SHEET, strlen(SHEET)) != 0)
        return 0;
    if (take_word(&rest, word) != 0 || !(mark = strchr(word + strlen(SHEET), ' ')) ||
        strlen(mark + 1) != MARK_LEN || strspn(mark + 1, "0123456789abcdef") != MARK_LEN)
        return -1;
    *mark = '\0';
    for (const char *digit = mark + 1; *digit; digit++)
        r->sheet_mark =
            r->sheet_mark * 16 + (uint64_t)(*digit <= '9' ? *digit - '0' : *digit - 'a' + 10);
    *s = rest;
    const char *number = word;
    return take_number(&number, SHEET, &r->sheet);
}

int reading_parse(const char *s, struct reading *r)
{
    char word[WORD_MAX];

    *r = (struct reading){.quote = '\0'};
    if (take_word(&s, word) || parse_encoding(word, r->encoding))
        return -1;
    r->plain = take_if(&s, "plain");
    r->guessed = take_if(&s, "guessed");
    r->bom = take_if(&s, "bom");
    r->sep_line = take_if(&s, "sep");
    if (take_word(&s, word) || parse_byte(word, &r->delimiter))
        return -1;
    if (take_quotes(&s, r) || take_escape(&s, r))
        return -1;
    r->blanks = take_if(&s, BLANKS);
    if (take_word(&s, word) || parse_line_end(word, r->line_end))
        return -1;
    if (take_number(&s, MEMBER, &r->member) || take_sheet(&s, r))
        return -1;
    return take_word(&s, word) || parse_header(word, &r->header_line) || *s ? -1 : 0;
}
