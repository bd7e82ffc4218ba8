/*
 * sharelink: the file behind a link to a page, for people paste what stands in their browser's address bar, or what
 * "Share" gives them, and the page is all that is served there.
 *
 *   docs.google.com/spreadsheets/[u/N/]d/ID[/edit|view|preview|htmlview]   -> …/d/ID/export?format=xlsx, all sheets; of
 *                                                       a link that names a sheet (gid): ?format=csv&gid=N (1, 2)
 *   docs.google.com/spreadsheets/d/[e/]ID/pubhtml, /pub without output   -> /pub?output=csv, or xlsx (3)
 *   drive.google.com/file/[u/N/]d/ID, /open?id=ID, /uc?id=ID   -> drive.usercontent.google.com/download, and confirmed:
 *                                  drive.google.com/uc asks back where it could not look for viruses (2, 4)
 *   TENANT[-my].sharepoint.com/:x:/…, :t:, :u: (workbooks, texts, other files)   -> the same with download=1 (5)
 *   www.dropbox.com/s/…, /scl/fi/…   -> the same with dl=1 (6)
 *
 * All other URLs stay as they are, and so do those of these services that give a file already, are a folder's, or name
 * another port.  So do OneDrive's personal ones (1drv.ms, onedrive.live.com): since 2024 their files need a browser (7).
 *
 * Sources: (1) snapsheets.readthedocs.io/en/latest/notes/format.html.  (2) developers.google.com/workspace/drive/api/
 * guides/resource-keys: URLs of older files need their resourcekey.  (3) Google Sheets: File, Share, Publish to web gives
 * pub?gid=N&single=true&output=csv.  (4) github.com/fsantini/KoboCloud/issues/160 and
 * github.com/ateeducacion/moodle-playground/pull/76.  (5) sharepointcass.com/2021/03/11/
 * what-do-the-parameters-in-a-shared-sharepoint-onedrive-link-mean names the letters; download=1 is by use
 * (`-my.sharepoint.com/:x:/g/…?e=…&download=1` in public scripts): no documentation of it is known.  (6)
 * help.dropbox.com/share/force-download: dl=1, and redirects must be followed.  (7) github.com/felixrieseberg/
 * onedrive-link/issues/1, github.com/rclone/rclone/issues/7898.
 *
 * Pure.
 */
#ifndef CLAIMPIPE_POLICY_SHARELINK_H
#define CLAIMPIPE_POLICY_SHARELINK_H

#include "base/text.h"

#include <stdbool.h>

struct sharelink {
    bool whole; /* all sheets are wanted */
    struct text
        address; /* what to fetch in its place; empty: it stays as it is.  Its query may be a key */
    const char *gives; /* with an address: what comes from there */
    const char
        *advice; /* what to do if a page to sign in comes; NULL: it is of none of these services */
};

void sharelink_init(struct sharelink *l);
void sharelink_release(struct sharelink *l);
/* The address is that of this URL; ask text_ok.  whole: the workbook is wanted, not the sheet that the link names. */
void sharelink_read(struct sharelink *l, const char *url, bool whole);

#endif
