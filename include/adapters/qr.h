/*
 * qr: a text as a QR code (ISO/IEC 18004), as a PNG: black on white whatever is around it, with the quiet zone of four
 * modules that readers need.  Any number of threads.
 */
#ifndef CLAIMPIPE_ADAPTERS_QR_H
#define CLAIMPIPE_ADAPTERS_QR_H

#include "base/slice.h"
#include "base/text.h"

/* So much fits at this level of correction (M), as bytes. */
#define QR_TEXT_MAX 2331

/* Appends the PNG.  NULL, or why there is none: the text is empty or too long.  Check text_ok(png). */
const char *qr_png(struct slice text, struct text *png);

#endif
