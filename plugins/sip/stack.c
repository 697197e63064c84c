// The sip thread: starts and ends su_root and nua, takes notes from the control thread, hands events to their owners.
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sofia-sip/su_log.h>

#include "account.h"
#include "auth.h"
#include "call.h"
#include "dns.h"
#include "malformed.h"
#include "tls.h"
#include "tls_free.h"

#define STOP_STEP_MS 20u
#define STOP_STEPS 150u          // 3 s
#define TLS_DEPTH 8u             // authorities above a peer's certificate
#define MESSAGE_MAX_BYTES 98304u // SDP may have 64 kB

struct cw_sip_envelope {
    struct cw_sip_note *note;
};

struct runner {
    struct cw_sip_stack stack; // first: what nua and su_root call back with
    pthread_t thread;
    sem_t started;
    int start_result;
    const char *why;
    su_task_r task;
    msg_mclass_t *parser;
    struct cw_sip_dns *dns;
    char resolv_conf[CW_SIP_DNS_PATH_SIZE];
    su_timer_t *stop_timer;
    unsigned stop_steps;
    bool shutting_down, shut_down;
};

static struct runner *runner_of(struct cw_sip_stack *stack) { return (struct runner *)stack; }

// ---------------------------------------------------------------- events and notes

static void on_event(nua_event_t type, int status, char const *phrase, nua_t *nua, nua_magic_t *stack, nua_handle_t *nh,
                     nua_hmagic_t *owner, sip_t const *sip, tagi_t tags[]) {
    const struct cw_sip_event event = {
        .stack = stack, .type = type, .status = status, .phrase = phrase, .nh = nh, .sip = sip, .tags = tags};
    (void)nua;
    if (type == nua_r_shutdown) {
        if (status < 200) return;
        runner_of(stack)->shut_down = true;
        su_root_break(stack->root);
        return;
    }
    if (owner)
        owner->on_event(owner, &event);
    else if (nh)
        cw_sip_on_stray_event(stack, &event);
}

static void shut_down(struct runner *runner) {
    if (runner->shutting_down) return;
    runner->shutting_down = true;
    cw_sip_accounts_fini(&runner->stack);
    struct cw_sip_call *call;
    while ((call = cw_sip_table_any(&runner->stack.calls))) cw_sip_call_free(call);
    nua_shutdown(runner->stack.nua);
}

// Waits a little for answers to BYE, CANCEL and un-REGISTER; nua_shutdown alone would wait up to half a minute.
static void on_stop_timer(su_root_magic_t *stack, su_timer_t *timer, su_timer_arg_t *arg) {
    struct runner *runner = arg;
    bool busy = stack->calls.count > 0 || cw_sip_accounts_are_busy(stack);
    if (++runner->stop_steps >= STOP_STEPS) {
        su_root_break(stack->root);
        return;
    }
    if (!busy || runner->stop_steps >= STOP_STEPS / 2) shut_down(runner);
    su_timer_set_interval(timer, on_stop_timer, runner, STOP_STEP_MS);
}

static void stop(struct runner *runner) {
    runner->stack.stopping = true;
    cw_sip_accounts_stop(&runner->stack);
    for (size_t i = 0; i < runner->stack.calls.size; i++) {
        struct cw_sip_call *call = runner->stack.calls.slots[i].object;
        if (runner->stack.calls.slots[i].id == 0) continue;
        call->told = true;
        cw_sip_call_end(call, 503, NULL);
    }
    runner->stop_timer = cw_sip_timer(&runner->stack, on_stop_timer, runner, 0);
    if (!runner->stop_timer) su_root_break(runner->stack.root);
}

static void take_note(struct runner *runner, const struct cw_sip_note *note) {
    if (note->kind == CW_SIP_STOP) {
        stop(runner);
    } else if (note->kind == CW_SIP_DIAL) {
        cw_sip_call_dial(&runner->stack, note);
    } else {
        struct cw_sip_call *call = cw_sip_call_find(&runner->stack, note->leg);
        if (call) cw_sip_call_run(call, note); // else it has just ended
    }
}

static void on_envelope(su_root_magic_t *stack, su_msg_r message, su_msg_arg_t *envelope) {
    (void)message;
    take_note(runner_of(stack), envelope->note);
    free(envelope->note);
    envelope->note = NULL;
}

static void drop_envelope(su_msg_arg_t *envelope) { free(envelope->note); }

// ---------------------------------------------------------------- start

static void log_nothing(void *stream, char const *format, va_list list) {
    (void)stream;
    (void)format;
    (void)list;
}

// "sip:*:5060" is all addresses; the part before maddr is what Via says.
static void write_url(const struct cw_sip_config *config, const char *scheme, unsigned port, char *out, size_t cap) {
    const char *address = config->address[0] ? config->address : "*";
    bool v6 = strchr(address, ':') != NULL;
    char bind_to[CW_SIP_ADDRESS_SIZE + 4];
    snprintf(bind_to, sizeof bind_to, "%s%s%s", v6 ? "[" : "", address, v6 ? "]" : "");
    if (!config->advertised_address[0] || address[0] == '*')
        snprintf(out, cap, "%s:%s:%u", scheme, bind_to, port);
    else
        snprintf(out, cap, "%s:%s:%u;maddr=%s", scheme, config->advertised_address, port, bind_to);
}

static unsigned tls_policy(enum cw_sip_tls_verify verify) {
    switch (verify) {
    case CW_SIP_TLS_VERIFY_NONE: return TPTLS_VERIFY_NONE;
    case CW_SIP_TLS_VERIFY_ALL: return TPTLS_VERIFY_IN | TPTLS_VERIFY_SUBJECTS_OUT;
    default: return TPTLS_VERIFY_SUBJECTS_OUT;
    }
}

static nua_t *create_nua(struct runner *runner, const char *certificates) {
    const struct cw_sip_config *config = runner->stack.options.config;
    char url[256], sips_url[256], agent[80];
    write_url(config, "sip", config->port, url, sizeof url);
    write_url(config, "sips", config->tls_port, sips_url, sizeof sips_url);
    snprintf(agent, sizeof agent, "Causeway/%.60s", runner->stack.options.host->version);
    return nua_create(
        runner->stack.root, on_event, &runner->stack, NUTAG_URL((url_string_t *)url),
        TAG_IF(certificates, NUTAG_SIPS_URL((url_string_t *)sips_url)),
        TAG_IF(certificates, NUTAG_CERTIFICATE_DIR(certificates)),
        TPTAG_TLS_VERIFY_POLICY(tls_policy(config->tls_verify)), TPTAG_TLS_VERIFY_DEPTH(TLS_DEPTH),
        SIPTAG_USER_AGENT_STR(agent),
        // Sofia's SDP parser never runs: it hangs on `m=message 9 TCP/MSRP \xc3\x84`.
        NUTAG_MEDIA_ENABLE(0), NUTAG_REFER_WITH_ID(0),
        SIPTAG_ALLOW_STR("INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, MESSAGE, REFER"),
        SIPTAG_SUPPORTED_STR("timer, 100rel, replaces"), NUTAG_APPL_METHOD(NULL),
        NUTAG_APPL_METHOD("INVITE, UPDATE, REFER, MESSAGE, INFO"), NUTAG_AUTOALERT(0), NUTAG_AUTOANSWER(0),
        NUTAG_AUTOACK(1), NUTAG_AUTO302(0), NUTAG_AUTO305(0), NUTAG_MAX_RETRY_AFTER(0), NUTAG_INVITE_TIMER(0),
        NUTAG_SESSION_TIMER(config->session_expires_s), NUTAG_MIN_SE(config->min_se_s), NUTAG_UPDATE_REFRESH(1),
        NUTAG_OUTBOUND("no-outbound no-validate no-natify no-options-keepalive"), NUTAG_KEEPALIVE(0),
        NTATAG_SIP_T1(config->t1_ms), NTATAG_SIP_T1X64(64 * config->t1_ms), NTATAG_SIP_T2(8 * config->t1_ms),
        NTATAG_SIP_T4(10 * config->t1_ms), NTATAG_UDP_MTU(config->udp_mtu), NTATAG_MAXSIZE(MESSAGE_MAX_BYTES),
        NTATAG_SERVER_RPORT(1), SRESTAG_RESOLV_CONF(runner->resolv_conf), NTATAG_MCLASS(runner->parser),
        TPTAG_UDP_RMEM(config->receive_buffer_bytes), TPTAG_STUN_SERVER(0), TAG_END());
}

static int fail(struct runner *runner, const char *why) {
    runner->why = why;
    return CW_RESULT_FAILED;
}

static int start(struct runner *runner) {
    const struct cw_sip_config *config = runner->stack.options.config;
    char certificates[CW_SIP_TLS_DIRECTORY_SIZE] = "";
    if (!cw_sip_port_is_free(config->address, config->port)) // nua would tell it by a log line and leak
        return fail(runner, "cannot open sip.port at sip.address: is it taken?");
    runner->stack.root = su_root_create(&runner->stack);
    if (!runner->stack.root) return fail(runner, "no memory");
    su_root_threading(runner->stack.root, 0);
    if (cw_sip_dns_new(&runner->dns, runner->stack.root, runner->resolv_conf) < 0)
        return fail(runner, "cannot open sockets on loopback for DNS");
    runner->parser = cw_sip_malformed_new(&runner->stack);
    if (!runner->parser) return fail(runner, "no memory");
    if (cw_sip_auth_install() < 0) return fail(runner, "this Sofia-SIP does not take the digest plugin");
    if (cw_sip_tls_free_install(&runner->stack) < 0) return fail(runner, "no memory");
    if (cw_sip_config_has_tls(config) && cw_sip_tls_prepare(config, certificates) < 0)
        return fail(runner, "sip.tls_certificate, tls_key or tls_ca cannot be read");
    runner->stack.nua = create_nua(runner, certificates[0] ? certificates : NULL);
    cw_sip_tls_clean(certificates);
    if (!runner->stack.nua)
        return fail(runner, "cannot start the SIP stack: is sip.tls_port taken, are the certificate files right?");
    su_task_copy(runner->task, su_root_task(runner->stack.root));
    return cw_sip_accounts_start(&runner->stack);
}

static void finish(struct runner *runner) {
    su_timer_destroy(runner->stop_timer);
    if (runner->shut_down || !runner->stack.nua) {
        nua_destroy(runner->stack.nua);
        cw_sip_dns_free(runner->dns);
        su_task_deinit(runner->task); // its reference keeps the root's port
        su_root_destroy(runner->stack.root);
        cw_sip_malformed_free(runner->parser);
    } else { // nua cannot be destroyed while it waits: the process ends soon, its memory with it
        cw_sip_log(&runner->stack, CW_HOST_WARN, "sip.stop", "why=a_peer_does_not_answer");
    }
    cw_sip_table_fini(&runner->stack.calls);
}

static void *run(void *arg) {
    struct runner *runner = arg;
    pthread_setname_np(pthread_self(), "cw-sip");
    runner->start_result = start(runner);
    bool fine = runner->start_result == 0;
    if (fine) {
        sem_post(&runner->started);
        su_root_run(runner->stack.root);
        finish(runner);
        return NULL;
    }
    if (!runner->stack.nua) cw_sip_dns_free(runner->dns);
    if (runner->stack.root && !runner->stack.nua) su_root_destroy(runner->stack.root);
    if (!runner->stack.nua) cw_sip_malformed_free(runner->parser);
    sem_post(&runner->started);
    return NULL;
}

int cw_sip_stack_start(struct cw_sip_stack **out, const struct cw_sip_stack_options *options, const char **why) {
    struct runner *runner = calloc(1, sizeof *runner);
    *why = "no memory";
    if (!runner) return CW_RESULT_NO_MEMORY;
    su_init();
    su_log_redirect(NULL, log_nothing, NULL);
    su_log_set_level(NULL, 0);
    runner->stack.options = *options;
    sem_init(&runner->started, 0, 0);
    if (pthread_create(&runner->thread, NULL, run, runner) != 0) {
        *why = "cannot start a thread";
        sem_destroy(&runner->started);
        free(runner);
        return CW_RESULT_FAILED;
    }
    while (sem_wait(&runner->started) != 0 && errno == EINTR) continue;
    if (runner->start_result == 0) {
        *out = &runner->stack;
        return 0;
    }
    int result = runner->start_result;
    if (runner->why) *why = runner->why;
    pthread_join(runner->thread, NULL);
    sem_destroy(&runner->started);
    free(runner);
    return result;
}

int cw_sip_stack_post(struct cw_sip_stack *stack, const struct cw_sip_note *note) {
    su_msg_r message = SU_MSG_R_INIT;
    struct cw_sip_note *copy = cw_sip_note_copy(note);
    if (!copy) return CW_RESULT_NO_MEMORY;
    if (su_msg_create(message, runner_of(stack)->task, su_task_null, on_envelope, sizeof(struct cw_sip_envelope)) < 0) {
        free(copy);
        return CW_RESULT_NO_MEMORY;
    }
    su_msg_data(message)->note = copy;
    su_msg_deinitializer(message, drop_envelope);
    return su_msg_send(message) < 0 ? CW_RESULT_FAILED : 0;
}

void cw_sip_stack_stop(struct cw_sip_stack *stack) {
    const struct cw_sip_note note = {.kind = CW_SIP_STOP};
    if (!stack) return;
    struct runner *runner = runner_of(stack);
    while (cw_sip_stack_post(stack, &note) < 0) usleep(1000); // out of memory: nothing else can be done
    pthread_join(runner->thread, NULL);
    sem_destroy(&runner->started);
    free(runner);
}
