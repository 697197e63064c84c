// The stamp that a simulated browser writes into the payload of every packet, and sockets whose packets carry the
// kernel's time of arrival, so that what a busy measuring process adds is not measured.
#ifndef TESTS_BENCH_STAMP_H
#define TESTS_BENCH_STAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/addr.h"

// All times are nanoseconds of CLOCK_REALTIME, the clock of the kernel's stamps.
struct stamp {
    uint32_t magic;
    uint32_t number;   // of the packet, from 0
    int64_t sent;      // by the browser
    int64_t phone_in;  // arrival at the phone; 0: there was none on the way
    int64_t phone_out; // sent back by the phone
};

int64_t stamp_now(void);
// payload has at least sizeof(struct stamp) octets.
void stamp_write(uint8_t *payload, struct stamp stamp);
// False: too short, or not one of ours.
bool stamp_read(struct stamp *out, const uint8_t *payload, size_t len);

// A non-blocking UDP socket bound to *local (port 0: any), whose receive times are stamped. Writes the port to *local.
// -1 on an error. buffer: [octets]
int stamp_socket(struct cw_addr *local, int buffer);
// Length, or -1. from and at may be NULL.
ssize_t stamp_receive(int fd, void *data, size_t cap, struct cw_addr *from, int64_t *at);

#endif
