// Two SCTP associations and a link between them: delay, loss, reordering and duplicates from a seed, virtual time.
#ifndef CW_TEST_SCTP_LINK_H
#define CW_TEST_SCTP_LINK_H

#include <malloc.h>
#include <sys/time.h>

#include "base/err.h"
#include "proto/sctp.h"
#include "test.h"

#define LINK_PACKETS 8192
#ifndef LINK_NOTES
#define LINK_NOTES 4096
#endif
#define LINK_KEEP 64 // bytes of each message that are kept

struct link_packet {
    cw_time due;
    unsigned to;
    size_t len;
    uint8_t data[CW_SCTP_MTU];
};

// What an end was told.
struct link_note {
    enum cw_sctp_event_type type;
    uint16_t id;
    bool text;
    size_t len;
    uint32_t hash;
    uint8_t head[LINK_KEEP]; // of a message, or the label
    struct cw_dcep_open open;
};

struct link_end {
    struct cw_sctp *sctp;
    struct link_note notes[LINK_NOTES];
    size_t note_count;
    size_t message_bytes; // of all messages
    size_t longest_packet;
    void (*on_event)(struct link_end *end, const struct cw_sctp_event *event); // instead of a note
    void *arg;
};

struct link {
    struct cw_mailbox inbox;
    struct cw_sctp_owner *owner;
    struct link_end ends[2]; // 0 is the DTLS client
    struct link_packet *packets[LINK_PACKETS];
    size_t packet_count;
    cw_time now;
    uint32_t random;
    unsigned loss_percent, reorder_percent, duplicate_percent;
    bool cut; // nothing arrives any more
};

// usrsctp asks this for round-trip times and lifetimes; the program's own definition wins over libc's.
static cw_time link_clock = 1000 * CW_SECOND;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
int gettimeofday(struct timeval *restrict tv, void *restrict tz) {
    (void)tz;
    tv->tv_sec = link_clock / CW_SECOND;
    tv->tv_usec = link_clock % CW_SECOND;
    return 0;
}
#pragma GCC diagnostic pop

static inline uint32_t link_random(struct link *link) {
    link->random ^= link->random << 13;
    link->random ^= link->random >> 17;
    link->random ^= link->random << 5;
    return link->random;
}

static inline uint32_t link_hash(const uint8_t *data, size_t len) {
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++) h = (h ^ data[i]) * 16777619u;
    return h;
}

static inline void link_send(struct link *link, unsigned to, const uint8_t *data, size_t len) {
    if (link->cut || link_random(link) % 100 < link->loss_percent) return;
    unsigned copies = link_random(link) % 100 < link->duplicate_percent ? 2 : 1;
    for (unsigned i = 0; i < copies && link->packet_count < LINK_PACKETS; i++) {
        struct link_packet *packet = malloc(sizeof *packet);
        packet->due = link->now + 5 * CW_MS;
        if (link_random(link) % 100 < link->reorder_percent) packet->due += (cw_time)(link_random(link) % 40) * CW_MS;
        packet->to = to;
        packet->len = len;
        memcpy(packet->data, data, len);
        link->packets[link->packet_count++] = packet;
    }
}

static inline void link_note(struct link_end *end, const struct cw_sctp_event *event) {
    if (event->type == CW_SCTP_EVENT_MESSAGE) end->message_bytes += event->len;
    if (end->on_event) {
        end->on_event(end, event);
        return;
    }
    if (end->note_count == LINK_NOTES) return;
    struct link_note *note = &end->notes[end->note_count++];
    *note = (struct link_note){.type = event->type, .id = event->id, .text = event->text, .len = event->len};
    const void *bytes = event->type == CW_SCTP_EVENT_OPENED ? (const void *)event->open.label : event->data;
    if (event->type == CW_SCTP_EVENT_OPENED) {
        note->open = event->open;
        note->len = event->open.label_len;
    }
    if (!bytes) return;
    note->hash = link_hash(bytes, note->len);
    memcpy(note->head, bytes, note->len < LINK_KEEP ? note->len : LINK_KEEP);
}

static inline void link_flush(struct link *link, unsigned from) {
    struct link_end *end = &link->ends[from];
    struct cw_sctp_event event;
    uint8_t packet[CW_SCTP_MTU];
    size_t len;
    if (!end->sctp) return;
    while (cw_sctp_event(end->sctp, &event) == CW_OK) link_note(end, &event);
    while (cw_sctp_poll(end->sctp, packet, sizeof packet, &len) == CW_OK) {
        if (len > end->longest_packet) end->longest_packet = len;
        link_send(link, 1 - from, packet, len);
    }
}

// One tick of virtual time.
static inline void link_step(struct link *link) {
    link->now += CW_SCTP_TICK;
    link_clock = link->now;
    cw_sctp_tick(link->now);
    cw_mailbox_drain(&link->inbox, link);
    link_flush(link, 0);
    link_flush(link, 1);
    // What is due, in the order of arrival; the rest stays.
    size_t kept = 0, count = link->packet_count;
    struct link_packet *due[LINK_PACKETS];
    size_t due_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (link->packets[i]->due <= link->now)
            due[due_count++] = link->packets[i];
        else
            link->packets[kept++] = link->packets[i];
    }
    link->packet_count = kept;
    for (size_t i = 0; i < due_count; i++) {
        struct cw_sctp *to = link->ends[due[i]->to].sctp;
        if (to) cw_sctp_input(to, due[i]->data, due[i]->len);
        link_flush(link, due[i]->to);
        free(due[i]);
    }
}

static inline void link_run(struct link *link, cw_time duration) {
    for (cw_time end = link->now + duration; link->now < end;) link_step(link);
}

static inline size_t link_count(const struct link_end *end, enum cw_sctp_event_type type) {
    size_t n = 0;
    for (size_t i = 0; i < end->note_count; i++) n += end->notes[i].type == type;
    return n;
}

static inline const struct link_note *link_find(const struct link_end *end, enum cw_sctp_event_type type, size_t nth) {
    for (size_t i = 0; i < end->note_count; i++)
        if (end->notes[i].type == type && nth-- == 0) return &end->notes[i];
    static const struct link_note none = {.type = (enum cw_sctp_event_type) - 1};
    return &none;
}

static inline bool link_run_until(struct link *link, unsigned end, enum cw_sctp_event_type type, size_t count,
                                  cw_time limit) {
    for (cw_time stop = link->now + limit; link->now < stop;) {
        if (link_count(&link->ends[end], type) >= count) return true;
        link_step(link);
    }
    return link_count(&link->ends[end], type) >= count;
}

static inline void link_ready(void *user) { (void)user; } // link_step looks at both ends anyway

static inline struct link *link_new(uint32_t seed, const struct cw_sctp_config *config) {
    struct link *link = calloc(1, sizeof *link);
    struct cw_sctp_config own = config ? *config : (struct cw_sctp_config){0};
    link->random = seed ? seed : 1;
    link->now = link_clock;
    cw_mailbox_init(&link->inbox, NULL, NULL);
    if (cw_sctp_owner_new(&link->owner, &link->inbox, link_ready) != CW_OK) abort();
    for (unsigned i = 0; i < 2; i++) {
        own.dtls_client = i == 0;
        if (cw_sctp_new(&link->ends[i].sctp, link->owner, &own, &link->ends[i]) != CW_OK) abort();
    }
    return link;
}

static inline bool link_up(struct link *link) {
    CHECK_INT(cw_sctp_start(link->ends[0].sctp), 0);
    CHECK_INT(cw_sctp_start(link->ends[1].sctp), 0);
    return link_run_until(link, 0, CW_SCTP_EVENT_UP, 1, 60 * CW_SECOND) &&
           link_run_until(link, 1, CW_SCTP_EVENT_UP, 1, 60 * CW_SECOND);
}

static inline void link_free(struct link *link) {
    for (unsigned i = 0; i < 2; i++) cw_sctp_free(link->ends[i].sctp);
    for (size_t i = 0; i < link->packet_count; i++) free(link->packets[i]);
    while (cw_sctp_tick(link->now) != CW_NEVER) link->now += CW_SCTP_TICK;
    link_clock = link->now;
    cw_mailbox_close(&link->inbox);
    cw_sctp_owner_free(link->owner);
    free(link);
}

// --- what several tests need ---

static inline size_t link_heap(void) { return mallinfo2().uordblks; }

static const struct cw_dcep_open link_chat
    __attribute__((unused)) = {.label = "chat", .label_len = 4, .protocol = "p1", .protocol_len = 2};

static inline uint8_t *link_bytes(size_t len, uint32_t seed) {
    uint8_t *data = malloc(len ? len : 1);
    for (size_t i = 0; i < len; i++) data[i] = (uint8_t)((seed = seed * 1664525u + 1013904223u) >> 24);
    return data;
}

// A link that is up with a channel from end 0.
static inline struct link *link_with_channel(uint32_t seed, const struct cw_dcep_open *open, uint16_t *id) {
    struct link *link = link_new(seed, NULL);
    CHECK(link_up(link));
    CHECK_INT(cw_sctp_open_channel(link->ends[0].sctp, open, id), 0);
    CHECK(link_run_until(link, 1, CW_SCTP_EVENT_OPENED, 1, CW_SECOND));
    CHECK(link_run_until(link, 0, CW_SCTP_EVENT_ACKNOWLEDGED, 1, CW_SECOND));
    return link;
}

#endif
