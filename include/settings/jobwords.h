/*
 * jobwords: words for how an input is read and its results are written, as the command line and job files
 * have them.  Each is read into the job: 0, or -1: it is none of those that the macro beside it names.
 */
#ifndef CLAIMPIPE_SETTINGS_JOBWORDS_H
#define CLAIMPIPE_SETTINGS_JOBWORDS_H

struct job;

#define JOBWORDS_DELIMITER "comma, semicolon, tab, pipe or one character"
int jobwords_delimiter(const char *word, struct job *j);
#define JOBWORDS_QUOTE "one character, or none"
int jobwords_quote(const char *word, struct job *j);
#define JOBWORDS_ESCAPE "one character, backslash or none"
int jobwords_escape(const char *word, struct job *j);
#define JOBWORDS_DATE_ORDER "mdy, dmy or ymd"
int jobwords_date_order(const char *word, struct job *j);
#define JOBWORDS_DECIMAL "point or comma"
int jobwords_decimal(const char *word, struct job *j);
#define JOBWORDS_OUTPUT "same, excel or rfc4180"
int jobwords_output(const char *word, struct job *j);

#endif
