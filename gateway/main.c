// The program: options, configuration, and the order in which the parts start and end.
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/config.h"
#include "base/log.h"
#include "config.h"
#include "core/control.h"
#include "core/node.h"
#include "plugin/host.h"
#include "signaling/http.h"
#include "signaling/rest.h"

#define USAGE_STATUS 2
#define CONFIG_STATUS 78 // EX_CONFIG of sysexits.h

static const char usage[] =
    "Usage: causeway [--config FILE] [--check-config]\n"
    "\n"
    "A gateway between WebRTC browsers and SIP, steered by a REST API.\n"
    "\n"
    "  -c, --config FILE   read the configuration from FILE (default: none, all defaults)\n"
    "      --check-config  check the configuration and the plugins' keys, then end\n"
    "  -V, --version       print the version\n"
    "  -h, --help          print this\n"
    "\n"
    "Every key of the configuration can be set in the environment: http.port is CAUSEWAY_HTTP_PORT.\n"
    "SIGINT or SIGTERM ends calls and sessions and then the gateway; a second one ends it at once.\n";

extern char **environ;

struct options {
    const char *config;
    bool check;
};

// -1: go on; else the exit status.
static int read_options(int argc, char **argv, struct options *out) {
    enum { CHECK = 1000 };
    static const struct option names[] = {
        {"config", required_argument, NULL, 'c'},
        {"check-config", no_argument, NULL, CHECK},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    for (int o; (o = getopt_long(argc, argv, "c:Vh", names, NULL)) != -1;) {
        switch (o) {
        case 'c': out->config = optarg; break;
        case CHECK: out->check = true; break;
        case 'V': return puts(PACKAGE_STRING) < 0;
        case 'h': return fputs(usage, stdout) < 0;
        default: fputs(usage, stderr); return USAGE_STATUS;
        }
    }
    if (optind == argc) return -1;
    fprintf(stderr, "causeway: unexpected argument \"%s\"\n%s", argv[optind], usage);
    return USAGE_STATUS;
}

static int read_config(const char *file, struct cw_config **config, struct cw_plugin_host **plugins) {
    struct cw_str errors = {0};
    int err = cw_config_load(config, file, environ, &errors);
    if (!err) err = cw_plugin_host_open(plugins, *config);
    if (!err) err = cw_config_check(*config, &errors);
    if (errors.len) fprintf(stderr, "%s%s", errors.s, errors.s[errors.len - 1] == '\n' ? "" : "\n");
    cw_str_fini(&errors);
    return err;
}

static void wait_for_end(sigset_t *signals) {
    int signal = 0;
    sigwait(signals, &signal);
    cw_info("gateway.ending", "signal=%d", signal);
    // The next one has its usual effect: the end at once.
    pthread_sigmask(SIG_UNBLOCK, signals, NULL);
}

// A call takes a few descriptors, a browser's event stream one: what the system allows is taken.
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit))
        cw_warn("gateway.descriptors", "limit=%llu", (unsigned long long)limit.rlim_max);
}

static int serve(struct cw_config *config, struct cw_plugin_host *plugins, sigset_t *signals) {
    struct cw_node *node = NULL;
    struct cw_http *http = NULL;
    int err = cw_node_new(&node, config);
    if (err) return err;
    cw_plugin_host_start(plugins, node);
    err = cw_node_start(node);
    struct cw_http_params params = {
        .config = config,
        .node = node,
        .router = cw_rest_router,
        .authorize = cw_rest_authorize,
        .count = cw_rest_count,
        .run = cw_control_run,
    };
    if (!err) err = cw_http_new(&params, &http);
    if (!err) {
        cw_info("gateway.ready", "version=%s url=%s", PACKAGE_VERSION, cw_http_url(http));
        printf("Causeway %s is ready: open %s\n", PACKAGE_VERSION, cw_http_url(http));
        fflush(stdout);
        wait_for_end(signals);
        cw_http_free(http);
    }
    cw_node_stop(node);
    cw_plugin_host_stop(plugins);
    cw_node_free(node);
    return err;
}

int main(int argc, char **argv) {
    struct options options = {0};
    struct cw_config *config = NULL;
    struct cw_plugin_host *plugins = NULL;
    sigset_t signals;
    int status = read_options(argc, argv, &options);
    if (status >= 0) return status;
    // Blocked before the first thread: sigwait gets them.
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    int err = read_config(options.config, &config, &plugins);
    status = err ? CONFIG_STATUS : 0;
    if (!err && options.check) {
        puts("The configuration is good.");
    } else if (!err) {
        cw_log_start((enum cw_log_level)cw_config_choice(config, "log.level"),
                     (enum cw_log_format)cw_config_choice(config, "log.format"));
        raise_descriptor_limit();
        status = serve(config, plugins, &signals) ? EXIT_FAILURE : 0;
    }
    cw_plugin_host_free(plugins);
    cw_log_stop();
    cw_config_free(config);
    return status;
}
