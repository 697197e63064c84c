// Reads the command line of load.
#include "bench/load_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// "10.1.1.1:5060"
static int read_address(struct cw_addr *out, const char *text) {
    char ip[64];
    unsigned port = 0;
    if (sscanf(text, "%63[0-9.]:%u", ip, &port) < 1) return -1;
    return cw_addr_parse(out, ip, (uint16_t)port);
}

static int read_option(struct load_options *o, const char *name, const char *value) {
    if (strcmp(name, "--system") == 0) return o->system = value, 0;
    if (strcmp(name, "--kind") == 0) {
        o->kind = strcmp(value, "sip") == 0 ? DRIVER_SIP : DRIVER_ECHO;
        return o->kind == DRIVER_ECHO && strcmp(value, "echo") != 0 ? -1 : 0;
    }
    if (strcmp(name, "--pid") == 0) return o->pid = atoi(value), 0;
    if (strcmp(name, "--calls") == 0) return o->calls = (unsigned)atoi(value), 0;
    if (strcmp(name, "--rate") == 0) return o->rate = (unsigned)atoi(value), 0;
    if (strcmp(name, "--seconds") == 0) return o->seconds = atof(value), 0;
    if (strcmp(name, "--tail") == 0) return o->tail = atof(value), 0;
    if (strcmp(name, "--codec") == 0) return o->opus = strcmp(value, "opus") == 0, 0;
    if (strcmp(name, "--band") == 0) return o->narrow = strcmp(value, "narrow") == 0, 0;
    if (strcmp(name, "--sound") == 0) return o->sound = value, 0;
    if (strcmp(name, "--address") == 0) return read_address(&o->address, value);
    if (strcmp(name, "--server") == 0) return read_address(&o->server, value);
    if (strcmp(name, "--phone") == 0) return read_address(&o->phone, value);
    if (strcmp(name, "--phone-rtp") == 0) return o->phone_rtp = (uint16_t)atoi(value), 0;
    return -1;
}

int load_options_parse(struct load_options *out, int argc, char **argv) {
    *out = (struct load_options){.system = "causeway", .calls = 100, .rate = 50, .seconds = 10};
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 < argc && read_option(out, argv[i], argv[i + 1]) == 0) continue;
        fprintf(stderr, "load: wrong argument %s\n", argv[i]);
        return -1;
    }
    if (out->sound) out->opus = true;
    if (out->calls && out->rate && out->pid > 0 && cw_addr_is_set(&out->address) && cw_addr_is_set(&out->server))
        return 0;
    fprintf(stderr, "load: --pid, --address and --server are needed\n");
    return -1;
}
