// Finding the route of a request.
#include "signaling/router.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"

static size_t segment_len(const char *at) { return strcspn(at, "/"); }

// A parameter takes one whole segment.
static bool take_param(const char **path, char *out) {
    size_t len = segment_len(*path);
    if (len == 0 || len >= CW_ROUTE_PARAM_SIZE) return false;
    memcpy(out, *path, len);
    out[len] = '\0';
    *path += len;
    return true;
}

static bool matches(const char *pattern, const char *path, char params[CW_ROUTE_PARAMS][CW_ROUTE_PARAM_SIZE]) {
    size_t taken = 0;
    while (*pattern && *path) {
        if (*pattern == '{' && taken < CW_ROUTE_PARAMS) {
            if (!take_param(&path, params[taken++])) return false;
            pattern += segment_len(pattern);
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *pattern == '\0' && *path == '\0';
}

static bool serves(const struct cw_route *route, const char *method) {
    return strcmp(route->method, method) == 0 || (strcmp(method, "HEAD") == 0 && strcmp(route->method, "GET") == 0);
}

static void add_method(char *out, size_t cap, const char *method) {
    size_t len = strlen(out);
    if (!strstr(out, method)) snprintf(out + len, cap - len, "%s%s", len ? ", " : "", method);
}

void cw_router_allow(const struct cw_router *router, const char *path, char *out, size_t cap) {
    struct cw_match scratch;
    out[0] = '\0';
    for (size_t i = 0; i < router->count; i++) {
        const struct cw_route *route = &router->routes[i];
        if (!matches(route->pattern, path, scratch.params)) continue;
        add_method(out, cap, route->method);
        if (strcmp(route->method, "GET") == 0) add_method(out, cap, "HEAD");
    }
    if (out[0]) add_method(out, cap, "OPTIONS");
}

int cw_router_match(const struct cw_router *router, const char *method, const char *path, struct cw_match *out,
                    struct cw_problem *problem) {
    struct cw_match found;
    for (size_t i = 0; i < router->count; i++) {
        memset(&found, 0, sizeof found);
        found.route = &router->routes[i];
        if (!serves(found.route, method) || !matches(found.route->pattern, path, found.params)) continue;
        *out = found;
        return 0;
    }
    char allow[sizeof problem->allow];
    cw_router_allow(router, path, allow, sizeof allow);
    if (!allow[0]) return cw_problem_set(problem, 404, "not_found", NULL, "There is nothing at this path.");
    int err = cw_problem_set(problem, 405, "method_not_allowed", NULL, "This path allows %s.", allow);
    cw_strlcpy(problem->allow, allow, sizeof problem->allow);
    return err;
}
