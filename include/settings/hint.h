/*
 * hint: a command line as a person can type it again.
 */
#ifndef CLAIMPIPE_SETTINGS_HINT_H
#define CLAIMPIPE_SETTINGS_HINT_H

struct text;

/* Appends the same command, or that with --retry-failed, quoted for a shell.  argv is in the order in which it was
 * typed (getopt changes it).  The only secrets in argv are URLs of webhooks and switches, which are left out. */
void hint_same(struct text *out, int argc, char *const *argv);
void hint_retry(struct text *out, int argc, char *const *argv);
/* Appends a word, quoted if a shell would take it for something else. */
void hint_word(struct text *out, const char *word);

/* Appends the words behind argv[0], with a blank between them, quoted likewise. */
void hint_words(struct text *out, int argc, char *const *argv);

#endif
