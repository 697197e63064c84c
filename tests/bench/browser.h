// One simulated browser: a socket, an offer, ICE as the controlling side, DTLS, SRTP, and a packet of 20 ms of sound
// at each tick. It counts what comes back.
#ifndef TESTS_BENCH_BROWSER_H
#define TESTS_BENCH_BROWSER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"
#include "bench/histogram.h"
#include "bench/speech.h"
#include "bench/watch.h"
#include "proto/dtls.h"
#include "proto/srtp.h"
#include "sim/ice_client.h"

#define BROWSER_SDP_MAX 2048

enum browser_state { // of the call; in order
    BROWSER_IDLE,
    BROWSER_PREPARED,  // what its driver needs before a call is there
    BROWSER_CALLING,   // the offer is posted
    BROWSER_CHECKING,  // the answer came
    BROWSER_HANDSHAKE, // ICE has a pair
    BROWSER_SENDING,   // SRTP has its keys
    BROWSER_TALKING,   // media came back
    BROWSER_FAILED,
};

// What all browsers share.
struct browsers {
    int epoll;
    struct cw_addr address; // to bind to; port 0
    bool opus;
    bool narrow;                 // as a browser speaks that was told of 8 kHz: the same to all systems under test
    const struct speech *speech; // that they say, to be transcoded; NULL: stamps
    struct cw_dtls_identity *identity;
    StunAgent stun;                      // answers the checks of a full agent
    int64_t begin, end;                  // of the measured window, in the times of stamps; packets sent in it count
    uint64_t sent, received;             // packets of the window, and those of them that came back
    struct histogram delay;              // of one pass through the gateway, of the packets of the window [ns]
    struct histogram to_media;           // from the post to the first media back [ns]
    unsigned counts[BROWSER_FAILED + 1]; // browsers by state
    const char *why;                     // the newest failure, NULL: none
};

struct browser {
    struct browsers *all;
    struct watch watch;
    enum browser_state state;
    unsigned index;
    struct cw_addr local, remote;
    char ufrag[9], pwd[25];
    struct cw_ice_client ice;
    struct cw_dtls *dtls;
    bool active; // we begin the DTLS handshake
    struct cw_srtp in, out;
    enum cw_srtp_profile profile;
    uint8_t pt;
    uint16_t seq;
    uint32_t timestamp, ssrc;
    uint32_t number;                          // of the next packet
    uint32_t next_back;                       // one above the newest packet that came back
    int64_t posted;                           // [ns]
    char session[64], handle[64], token[128]; // the driver's
};

int browsers_init(struct browsers *all, int epoll, const struct cw_addr *address);

int browser_init(struct browser *browser, struct browsers *all, unsigned index);
void browser_set_state(struct browser *browser, enum browser_state state);
// why: a text that stays.
void browser_fail(struct browser *browser, const char *why);
// The offer, BROWSER_SDP_MAX octets.
void browser_offer(const struct browser *browser, char *out);
// The driver has an answer: ICE begins. NULL is not an answer.
void browser_answer(struct browser *browser, const char *sdp);
// Each 20 ms: what is due of ICE and DTLS, and a packet when there are keys.
void browser_tick(struct browser *browser);

#endif
