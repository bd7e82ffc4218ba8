/*
 * secretform: what makes a secret another one than whoever wrote it down can see.
 *
 * Editors, spreadsheets and the clipboard leave a blank at an end, a byte order mark, a line end of Windows, a
 * zero-width space; the server then says "Incorrect password", and a seed makes other codes.  A blank within is
 * seen, and so are the joiners and variation selectors of an emoji or of a script that needs them.  Pure; no
 * text of these holds any of the secret.
 */
#ifndef CLAIMPIPE_BASE_SECRETFORM_H
#define CLAIMPIPE_BASE_SECRETFORM_H

#include "base/text.h"

#define SECRETFORM_TEXT_MAX 96

enum secretform {
    SECRETFORM_WRITTEN, /* as it stands in a file: nothing that nobody sees */
    SECRETFORM_GIVEN /* in the environment: blanks and the like may be meant; controls and U+FEFF never are */
};

/* Is s as it was meant?  If not: false with which character is not and where, such as "its end is U+0020 (a
 * blank)", in why. */
bool secretform_is_meant(struct slice s, enum secretform form, char why[SECRETFORM_TEXT_MAX]);

#endif
