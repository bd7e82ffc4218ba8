/*
 * segment: whether an id can be one segment of the API's paths.
 *
 * Ids are percent-encoded (base/percent.h), which does not help against segments of dots: a URL does not keep
 * `.` and `..` in whatever spelling (RFC 3986, 5.2.4 and 6.2.2.3), so that libraries and gateways resolve them,
 * some also behind an encoded slash.  The request would then be another one.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_SEGMENT_H
#define CLAIMPIPE_POLICY_SEGMENT_H

#include "base/text.h"

#define SEGMENT_MAX 512 /* bytes; the API's ids have 24 to 64 */

/* Why it can't, in words that go on from the id ("is ..."), or NULL. */
const char *segment_fault(struct slice id);

#endif
