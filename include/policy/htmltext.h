/*
 * htmltext: the HTML of a letter as text, for mail programs and people that want no HTML: its {{Column}} stay as they are.
 *
 * Blocks stand on lines of their own, items of lists begin with "- ", cells of a table are divided by blanks, a link is its
 * text with the address behind it in <>, a picture its alt text.  What is not shown (head, style, script, comments) is left
 * out; entities become characters.  Broken HTML is taken as browsers mostly do: what is no tag is text.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_HTMLTEXT_H
#define CLAIMPIPE_POLICY_HTMLTEXT_H

#include "base/slice.h"
#include "base/text.h"

/* Appends it.  Check text_ok(out). */
void htmltext(struct slice html, struct text *out);

/* Appends the HTML with its {{Column}} as they were meant: editors write {{First&nbsp;Name}} or {{First<b>Name</b>}}, break a line
 * within, and make %7B%7BPage%7D%7D of one in a link.  Its tags come to stand behind it, so that lines and pairs stay. */
void htmltext_braces(struct slice html, struct text *out);

/* The cell as it may stand in HTML, in an attribute, too. */
void htmltext_escape(struct slice cell, struct text *out);

#endif
