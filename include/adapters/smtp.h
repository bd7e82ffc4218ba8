/* smtp: placeholder of the interface. */
#ifndef CLAIMPIPE_ADAPTERS_SMTP_H
#define CLAIMPIPE_ADAPTERS_SMTP_H
#include <stdint.h>
struct smtp_options {
    const char *url;
    const char *user, *password, *bearer;
    const char *cacert, *outbox, *hello;
    unsigned per_connection;
    int64_t connect_timeout_ns, timeout_ns;
};
#endif
