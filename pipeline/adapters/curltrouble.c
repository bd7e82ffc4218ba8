/* curltrouble: the same for requests and for mail. */
#include "curltrouble.h"

#include <curl/curl.h>

enum trouble curltrouble_of(unsigned code)
{
    switch ((CURLcode)code) {
    case CURLE_OK:
        return TROUBLE_NONE;
    case CURLE_COULDNT_RESOLVE_HOST:
        return TROUBLE_NAME;
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
        return TROUBLE_PROXY;
    case CURLE_COULDNT_CONNECT:
        return TROUBLE_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return TROUBLE_TIME;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        return TROUBLE_TLS;
    default:
        return TROUBLE_OTHER;
    }
}
