// A peer behind DTLS that sends what it likes: packets with valid ports, tags and (unchecked) sums, into an association
// that is up with a channel each way.
//
// The input is a row of packets: | flags | length (2) | chunks ... |. So that mutations get past the first checks,
// the common header is ours, and sequence numbers are counted from where the association stands.
#include <usrsctp.h>

#define LINK_NOTES 16
#include "base/buf.h"
#include "unit/sctp_link.h"

enum {
    FLAG_OTHER_END = 1, // to the DTLS client
    FLAG_NO_TAG = 2,    // as an INIT has it
    FLAG_RAW = 4,       // the bytes are the whole packet
    FLAG_TIME = 8,      // some time passes
    FLAG_REPLY = 16,    // what both ends have to say is passed on
    HEADER = 12,
    CHUNK_DATA = 0,
    CHUNK_SACK = 3,
    CHUNK_RECONFIG = 130,
    CHUNK_FORWARD_TSN = 192,
};

// What an end puts into its packets.
struct seen {
    uint32_t tag;
    uint32_t tsn;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(struct seen *seen, const uint8_t *packet, size_t len) {
    if (len < HEADER + 16) return;
    if (cw_get_u32(packet + 4) != 0) seen->tag = cw_get_u32(packet + 4);
    if (packet[HEADER] == CHUNK_DATA) seen->tsn = cw_get_u32(packet + HEADER + 4);
}

static void pass(struct link *link, struct seen *seen) {
    uint8_t packet[CW_SCTP_MTU];
    struct cw_sctp_event event;
    size_t len;
    bool any = true;
    for (int round = 0; any && round < 20; round++) {
        any = false;
        for (unsigned i = 0; i < 2; i++) {
            while (cw_sctp_event(link->ends[i].sctp, &event) == CW_OK) link_note(&link->ends[i], &event);
            while (cw_sctp_poll(link->ends[i].sctp, packet, sizeof packet, &len) == CW_OK) {
                look(&seen[i], packet, len);
                cw_sctp_input(link->ends[1 - i].sctp, packet, len);
                any = true;
            }
        }
    }
}

static void add(uint8_t *at, uint32_t base) { cw_put_u32(at, cw_get_u32(at) + base); }

// from: who seems to send. Adds where both stand to the numbers of every chunk.
static void rebase(uint8_t *chunks, size_t len, const struct seen *from, const struct seen *to) {
    while (len >= 4) {
        size_t chunk = cw_get_u16(chunks + 2);
        if (chunk < 4 || chunk > len) return;
        if (chunk >= 8 && (chunks[0] == CHUNK_DATA || chunks[0] == CHUNK_FORWARD_TSN)) add(chunks + 4, from->tsn + 1);
        if (chunk >= 8 && chunks[0] == CHUNK_SACK) add(chunks + 4, to->tsn);
        if (chunk >= 20 && chunks[0] == CHUNK_RECONFIG) {
            add(chunks + 8, from->tsn);
            add(chunks + 12, to->tsn);
            add(chunks + 16, from->tsn);
        }
        chunk = (chunk + 3) & ~(size_t)3;
        if (chunk > len) return;
        chunks += chunk;
        len -= chunk;
    }
}

static void feed(struct link *link, struct seen *seen, uint8_t flags, const uint8_t *data, size_t len) {
    unsigned to = flags & FLAG_OTHER_END ? 0 : 1;
    uint8_t *packet = malloc(HEADER + len);
    cw_put_u16(packet, CW_SCTP_PORT);
    cw_put_u16(packet + 2, CW_SCTP_PORT);
    cw_put_u32(packet + 4, flags & FLAG_NO_TAG ? 0 : seen[1 - to].tag);
    cw_put_u32(packet + 8, 0);
    memcpy(packet + HEADER, data, len);
    rebase(packet + HEADER, len, &seen[1 - to], &seen[to]);
    if (flags & FLAG_RAW)
        cw_sctp_input(link->ends[to].sctp, data, len);
    else
        cw_sctp_input(link->ends[to].sctp, packet, HEADER + len);
    free(packet);
}

static struct link *begin(struct seen *seen) {
    static bool started;
    if (!started && cw_sctp_global_init(NULL, NULL) != CW_OK) abort();
    started = true;
    usrsctp_enable_crc32c_offload();
    struct link *link = link_new(1, NULL);
    static const struct cw_dcep_open open = {.label = "x", .label_len = 1};
    uint16_t id;
    for (int i = 0; i < 2; i++) cw_sctp_start(link->ends[i].sctp);
    pass(link, seen);
    for (int i = 0; i < 2; i++)
        if (cw_sctp_open_channel(link->ends[i].sctp, &open, &id) != CW_OK) abort();
    pass(link, seen);
    return link;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct seen seen[2] = {{0}};
    struct link *link = begin(seen);
    struct cw_reader r;
    cw_reader_init(&r, data, size);
    while (r.left > 3) {
        uint8_t flags = cw_read_u8(&r);
        size_t len = cw_read_u16(&r);
        if (len > r.left) len = r.left;
        feed(link, seen, flags, cw_read_bytes(&r, len), len);
        if (flags & FLAG_TIME) link_run(link, 20 * CW_SCTP_TICK);
        if (flags & FLAG_REPLY) pass(link, seen);
    }
    pass(link, seen);
    link_run(link, 20 * CW_SCTP_TICK);
    link_free(link);
    return 0;
}
