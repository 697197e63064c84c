// What the files of the sip thread share: logs, contacts, bodies, timers.
#include "thread.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sofia-sip/su_string.h>

#include "hosts.h"

#define BODY_MAX_BYTES 16384u

void cw_sip_count(const struct cw_sip_stack *stack, const char *name) {
    stack->options.host->count(stack->options.host, name, 1);
}

void cw_sip_log(const struct cw_sip_stack *stack, enum cw_host_log_level level, const char *event, const char *fmt,
                ...) {
    char text[1024];
    va_list list;
    va_start(list, fmt);
    vsnprintf(text, sizeof text, fmt, list);
    va_end(list);
    stack->options.host->log(stack->options.host, level, event, text);
}

void cw_sip_tell(const struct cw_sip_stack *stack, const struct cw_sip_note *note) {
    stack->options.deliver(stack->options.context, note);
}

bool cw_sip_event_source(const struct cw_sip_stack *stack, char out[CW_SIP_ADDRESS_SIZE]) {
    msg_t *message = nua_current_request(stack->nua);
    su_sockaddr_t *source = message ? msg_addr(message) : NULL;
    out[0] = 0;
    if (!source || (source->su_family != AF_INET && source->su_family != AF_INET6)) return false;
    su_inet_ntop(source->su_family, SU_ADDR(source), out, CW_SIP_ADDRESS_SIZE);
    if (strncmp(out, "::ffff:", 7) == 0) memmove(out, out + 7, strlen(out + 7) + 1);
    return out[0] != 0;
}

bool cw_sip_event_sender(const struct cw_sip_stack *stack, char out[CW_SIP_SENDER_SIZE]) {
    char address[CW_SIP_ADDRESS_SIZE];
    out[0] = 0;
    if (!cw_sip_event_source(stack, address)) return false;
    bool v6 = strchr(address, ':') != NULL;
    snprintf(out, CW_SIP_SENDER_SIZE, "%s%s%s:%u", v6 ? "[" : "", address, v6 ? "]" : "",
             ntohs(msg_addr(nua_current_request(stack->nua))->su_port));
    return true;
}

void cw_sip_local_host(const struct cw_sip_stack *stack, const char *peer, char out[CW_SIP_ADDRESS_SIZE + 2]) {
    const struct cw_sip_config *config = cw_sip_config_of(stack);
    char local[CW_SIP_ADDRESS_SIZE];
    const char *address = config->advertised_address[0] ? config->advertised_address : config->address;
    if (!address[0]) {
        cw_sip_local_address(peer, local);
        address = local;
    }
    bool v6 = strchr(address, ':') != NULL;
    snprintf(out, CW_SIP_ADDRESS_SIZE + 2, "%s%.63s%s", v6 ? "[" : "", address, v6 ? "]" : "");
}

// Sofia does right with a name's addresses, so the address becomes a name that the DNS relay knows.
void cw_sip_aim(const struct cw_sip_stack *stack, nua_handle_t *nh, const char *uri) {
    char text[CW_SIP_ROUTE_SIZE], name[CW_SIP_HOSTS_NAME_SIZE], proxy[CW_SIP_HOSTS_NAME_SIZE + 32];
    snprintf(text, sizeof text, "%s", uri + (uri[0] == '<'));
    text[strcspn(text, ">")] = 0;
    url_t *url = cw_sip_config_of(stack)->address[0] ? NULL : url_make(NULL, text);
    bool udp = url && !(url->url_params && strcasestr(url->url_params, "transport=t")) && url->url_type == url_sip;
    if (udp && url->url_host && cw_sip_hosts_name_of(url->url_host, name) == 0) {
        snprintf(proxy, sizeof proxy, "sip:%s:%s;transport=udp", name, url->url_port ? url->url_port : "5060");
        nua_set_hparams(nh, NUTAG_PROXY(proxy), TAG_END());
    }
    su_free(NULL, url);
}

void cw_sip_contact_write(const struct cw_sip_stack *stack, const struct cw_sip_contact *contact,
                          char out[CW_SIP_CONTACT_SIZE]) {
    const struct cw_sip_config *config = cw_sip_config_of(stack);
    char host[CW_SIP_ADDRESS_SIZE + 2];
    bool tls = strcmp(contact->transport, "tls") == 0, udp = strcmp(contact->transport, "udp") == 0;
    cw_sip_local_host(stack, contact->peer, host);
    snprintf(out, CW_SIP_CONTACT_SIZE, "<sip:%.128s%s%s:%u%s%s%s%.128s>", contact->user, contact->user[0] ? "@" : "",
             host, tls ? config->tls_port : config->port, udp ? "" : ";transport=", udp ? "" : contact->transport,
             contact->token ? ";cw=" : "", contact->token ? contact->token : "");
}

char *cw_sip_sdp_of(const sip_t *sip) {
    const sip_payload_t *body = sip ? sip->sip_payload : NULL;
    const sip_content_type_t *type = sip ? sip->sip_content_type : NULL;
    if (!body || body->pl_len == 0) return NULL;
    bool named = type && type->c_type && su_casematch(type->c_type, "application/sdp");
    bool nameless = !type && body->pl_len >= 3 && memcmp(body->pl_data, "v=0", 3) == 0;
    return named || nameless ? strndup(body->pl_data, body->pl_len) : NULL;
}

char *cw_sip_body_of(const sip_t *sip) {
    const sip_payload_t *body = sip->sip_payload;
    if (!body) return strdup("");
    return body->pl_len <= BODY_MAX_BYTES ? strndup(body->pl_data, body->pl_len) : NULL;
}

su_timer_t *cw_sip_timer(struct cw_sip_stack *stack, su_timer_f run, void *arg, unsigned delay_ms) {
    su_timer_t *timer = su_timer_create(su_root_task(stack->root), 1);
    if (timer && su_timer_set_interval(timer, run, arg, delay_ms) < 0) {
        su_timer_destroy(timer);
        timer = NULL;
    }
    return timer;
}
