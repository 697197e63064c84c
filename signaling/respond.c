// Answers through libmicrohttpd, with the headers that each of them has.
#include <stdio.h>
#include <string.h>

#include "signaling/http_internal.h"

#define ANSWER_TIME (60 * CW_SECOND) // for the client to take it
#define PREFLIGHT_AGE "600"          // [s]

static const char policy[] =
    "default-src 'self'; connect-src 'self' ws: wss:; media-src 'self' blob:; img-src 'self' data:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

void cw_respond_headers(const struct cw_respond *to, struct MHD_Response *response) {
    MHD_add_response_header(response, "X-Request-Id", to->request_id);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Vary", "Origin");
    if (!to->origin || !cw_auth_origin_allowed(to->http->auth, to->origin)) return;
    MHD_add_response_header(response, "Access-Control-Allow-Origin", to->origin);
    MHD_add_response_header(response, "Access-Control-Expose-Headers", "Location, Retry-After, X-Request-Id");
}

static enum MHD_Result queue(const struct cw_respond *to, int status, struct MHD_Response *response) {
    struct cw_connection *connection = cw_connection_of(to->connection);
    if (connection) connection->deadline = to->http->now + ANSWER_TIME;
    enum MHD_Result result = MHD_queue_response(to->connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return result;
}

static void add_reply_headers(struct MHD_Response *response, const struct cw_reply *reply) {
    char seconds[16];
    if (reply->content_type) MHD_add_response_header(response, "Content-Type", reply->content_type);
    if (reply->location[0]) MHD_add_response_header(response, "Location", reply->location);
    if (reply->allow[0]) MHD_add_response_header(response, "Allow", reply->allow);
    if (reply->status == 401) MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"causeway\"");
    if (reply->status == 426) MHD_add_response_header(response, "Sec-WebSocket-Version", "13");
    if (reply->retry_after_s) {
        snprintf(seconds, sizeof seconds, "%d", reply->retry_after_s);
        MHD_add_response_header(response, "Retry-After", seconds);
    }
}

enum MHD_Result cw_respond_reply(const struct cw_respond *to, struct cw_reply *reply) {
    struct MHD_Response *response = MHD_create_response_from_buffer(
        reply->len, reply->body, reply->body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response) return MHD_NO;
    reply->body = NULL; // the response's now
    cw_respond_headers(to, response);
    add_reply_headers(response, reply);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    return queue(to, reply->status, response);
}

enum MHD_Result cw_respond_preflight(const struct cw_respond *to, const char *allow) {
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (!response) return MHD_NO;
    cw_respond_headers(to, response);
    MHD_add_response_header(response, "Allow", allow);
    MHD_add_response_header(response, "Access-Control-Allow-Methods", allow);
    MHD_add_response_header(response, "Access-Control-Allow-Headers",
                            "Authorization, Content-Type, Idempotency-Key, Last-Event-ID");
    MHD_add_response_header(response, "Access-Control-Max-Age", PREFLIGHT_AGE);
    return queue(to, 204, response);
}

enum MHD_Result cw_respond_page(const struct cw_respond *to, const struct cw_static_file *file, int *status) {
    const char *seen = MHD_lookup_connection_value(to->connection, MHD_HEADER_KIND, "If-None-Match");
    bool same = seen && strstr(seen, file->etag);
    struct MHD_Response *response =
        MHD_create_response_from_buffer(same ? 0 : file->len, file->data, MHD_RESPMEM_PERSISTENT);
    if (!response) return MHD_NO;
    cw_respond_headers(to, response);
    MHD_add_response_header(response, "Content-Type", file->content_type);
    MHD_add_response_header(response, "ETag", file->etag);
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    MHD_add_response_header(response, "Content-Security-Policy", policy);
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Permissions-Policy", "microphone=(self), camera=(self)");
    *status = same ? 304 : 200;
    return queue(to, *status, response);
}
