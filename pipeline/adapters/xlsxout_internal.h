/*
 * xlsxout_internal: what the files of xlsxout share: xlsxout.c (the cells), xlsxout_check.c (is the file whole?).
 */
#ifndef CLAIMPIPE_ADAPTERS_XLSXOUT_INTERNAL_H
#define CLAIMPIPE_ADAPTERS_XLSXOUT_INTERNAL_H

#include <stddef.h>
#include <sys/types.h>

/* Is every part of this workbook whole, and has the n-th sheet so many bytes of rows?  The library does not notice it
 * when its own temporary files can't be written: what they lack is then missing here.  0, or -1. */
int xlsxout_check(int fd, const off_t *sheets, size_t n) __attribute__((warn_unused_result));

#endif
