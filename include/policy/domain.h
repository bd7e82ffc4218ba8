/*
 * domain: one form for a domain with letters that ASCII lacks: bücher.example is xn--bcher-kva.example
 * (IDNA 2008, UTS 46).  The sole user of libidn2.  Pure.
 */
#ifndef CLAIMPIPE_POLICY_DOMAIN_H
#define CLAIMPIPE_POLICY_DOMAIN_H

#include <stddef.h>

/* -1: there can be no such domain. */
int domain_to_ascii(const char *domain, char *out, size_t size);

#endif
