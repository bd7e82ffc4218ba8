/*
 * jobwords: words for how an input is read, its results are written and what is said, as the command line and job
 * files have them.
 */
#ifndef CLAIMPIPE_SETTINGS_JOBWORDS_H
#define CLAIMPIPE_SETTINGS_JOBWORDS_H

struct job;

struct jobwords {
    const char *list; /* "mdy|dmy|ymd" */
    const char *said; /* for messages: those, and what else is taken */
    /* Into the job: 0, or -1: it is none of them. */
    int (*read)(const char *word, struct job *j);
};

#define JOBWORDS_GUESS_MAX 64
/* Behind "give same, excel or rfc4180" of a word that is none of them: ` (did you mean excel?)`, or "". */
const char *jobwords_guess(const struct jobwords *w, const char *word,
                           char out[JOBWORDS_GUESS_MAX]);

extern const struct jobwords jobwords_delimiter, jobwords_quote, jobwords_escape;
extern const struct jobwords jobwords_date_order, jobwords_decimal;
extern const struct jobwords jobwords_output, jobwords_fail_on, jobwords_format,
    jobwords_log_format;

#endif
