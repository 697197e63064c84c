// What the kernel tells about a process: the time it used, its memory, threads and descriptors.
#ifndef TESTS_BENCH_PROBE_H
#define TESTS_BENCH_PROBE_H

#include <stdint.h>
#include <sys/types.h>

struct probe {
    double cpu_us;     // of all threads, also those that ended, user and system
    long resident_kb;  // Rss of smaps_rollup
    long threads, fds; // now
};

// 0, or -1 if there is no such process.
int probe_take(struct probe *out, pid_t pid);
// Datagrams that the kernel dropped in this network namespace because a socket's buffer was full.
long probe_udp_drops(void);
// Time that this machine's processors spent not idle, and in all, since it started. [us]
void probe_machine(double *busy_us, double *all_us);

#endif
