/* domain: asks libidn2 for the ASCII form, by which two spellings of a domain are one. */
#include "policy/domain.h"

#include <idn2.h>
#include <string.h>

int domain_to_ascii(const char *domain, char *out, size_t size)
{
    char *ascii = NULL;
    size_t len = 0;
    int rc = idn2_to_ascii_8z(domain, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

    if (rc == IDN2_OK && (len = strlen(ascii)) > 0 && len < size)
        memcpy(out, ascii, len + 1);
    else
        rc = -1;
    idn2_free(ascii);
    return rc == IDN2_OK ? 0 : -1;
}
