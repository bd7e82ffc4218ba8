/* environment: environ(7), taken apart. */
#include "adapters/environment.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NAME_MAX_LEN 128 /* longer names are none that anybody reads */

void environment_each(environment_callback *see, void *context)
{
    char name[NAME_MAX_LEN];

    for (char **v = environ; v && *v; v++) {
        const char *equals = strchr(*v, '=');
        size_t len = equals ? (size_t)(equals - *v) : sizeof(name);

        if (len >= sizeof(name))
            continue;
        memcpy(name, *v, len);
        name[len] = '\0';
        see(context, name, equals + 1);
    }
}
