// An HTTP/1.1 client that never blocks: requests over a pool of connections that are kept open.
#ifndef TESTS_BENCH_HTTP_CLIENT_H
#define TESTS_BENCH_HTTP_CLIENT_H

#include <stddef.h>

#include "base/addr.h"

struct http_client;

// status 0: the connection failed or gave something else. The body is NUL-terminated and valid during the call.
typedef void http_done(void *arg, int status, const char *body);

int http_client_new(struct http_client **out, int epoll, const struct cw_addr *server);
// headers: whole lines with CRLF, or "". body may be NULL. done is always called once, never from within this call.
void http_request(struct http_client *client, const char *method, const char *path, const char *headers,
                  const char *body, http_done *done, void *arg);

#endif
