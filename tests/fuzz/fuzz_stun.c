// Fuzz target: STUN at the ICE agent. An odd first byte has the rest signed, so that mutations come past the integrity.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <stun/stunagent.h>

#include "base/buf.h"
#include "proto/demux.h"
#include "proto/ice.h"

#define PACKET_MAX 1500
#define HEADER_LEN 20

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct cw_ice_credentials local = {"ourUfrag", "ourPasswordOf24Character"};

// data is the attributes; a header goes before and MESSAGE-INTEGRITY and FINGERPRINT behind them.
static size_t sign(uint8_t *pkt, const uint8_t *data, size_t size) {
    StunAgent agent;
    StunMessage message = {.agent = &agent, .buffer = pkt, .buffer_len = PACKET_MAX};
    static const uint16_t known[] = {0};
    size &= ~(size_t)3;
    if (size > PACKET_MAX - HEADER_LEN - 32) return 0;
    cw_put_u16(pkt, 1);
    cw_put_u16(pkt + 2, (uint16_t)size);
    cw_put_u32(pkt + 4, 0x2112a442);
    memset(pkt + 8, 7, 12);
    if (size) memcpy(pkt + HEADER_LEN, data, size);
    stun_agent_init(&agent, known, STUN_COMPATIBILITY_RFC5389, STUN_AGENT_USAGE_USE_FINGERPRINT);
    return stun_agent_finish_message(&agent, &message, (const uint8_t *)local.pwd, strlen(local.pwd));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cw_ice ice;
    struct cw_ice_result result;
    struct cw_addr src;
    uint8_t pkt[PACKET_MAX], reply[CW_ICE_REPLY_MAX];
    const char *ufrag;
    size_t ufrag_len, len = size ? size - 1 : 0;
    if (!size || len > PACKET_MAX) return 0;
    if (data[0] & 1)
        len = sign(pkt, data + 1, len);
    else
        memcpy(pkt, data + 1, len);
    uint8_t *exact = malloc(len ? len : 1); // so that a read past the end is seen
    if (!exact || cw_addr_parse(&src, data[0] & 2 ? "2001:db8::1" : "192.0.2.1", 5000)) abort();
    memcpy(exact, pkt, len);
    cw_demux(exact, len);
    if (cw_ice_peek_ufrag(exact, len, &ufrag, &ufrag_len) == 0 && ufrag_len > len) abort();
    cw_ice_init(&ice, NULL, &local);
    if (data[0] & 4) cw_ice_set_remote(&ice, 0, "theirs");
    int err = cw_ice_input(&ice, 0, &src, 0, exact, len, reply, &result);
    if (err && ice.pair_count) abort();
    if (result.reply_len > sizeof reply) abort();
    free(exact);
    return 0;
}
