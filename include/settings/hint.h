/*
 * hint: a command line as a person can type it again.
 */
#ifndef CLAIMPIPE_SETTINGS_HINT_H
#define CLAIMPIPE_SETTINGS_HINT_H

struct text;

/* Appends the same command with --retry-failed, quoted for a shell.  argv is in the order in which it was
 * typed (getopt changes it).  No secret is in argv. */
void hint_retry(struct text *out, int argc, char *const *argv);

/* Appends the words behind argv[0], with a blank between them, quoted likewise. */
void hint_words(struct text *out, int argc, char *const *argv);

#endif
