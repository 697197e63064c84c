// Reads /proc.
#include "bench/probe.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static double ticks_to_us(double ticks) { return ticks * 1e6 / (double)sysconf(_SC_CLK_TCK); }

static int read_cpu(pid_t pid, double *us) {
    char path[64], text[1024];
    unsigned long long user, system;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = 0;
    const char *at = strrchr(text, ')'); // the name before it may have blanks
    if (!at || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) != 2) return -1;
    *us = ticks_to_us((double)(user + system));
    return 0;
}

static long read_resident(pid_t pid) {
    char path[64], line[256];
    long kb = 0;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Rss: %ld", &kb) == 1) break;
    fclose(file);
    return kb;
}

static long count_entries(pid_t pid, const char *folder) {
    char path[64];
    long count = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, folder);
    DIR *dir = opendir(path);
    if (!dir) return 0;
    while (readdir(dir)) count++;
    closedir(dir);
    return count - 2; // . and ..
}

int probe_take(struct probe *out, pid_t pid) {
    struct probe probe = {0};
    if (read_cpu(pid, &probe.cpu_us)) return -1;
    probe.resident_kb = read_resident(pid);
    probe.threads = count_entries(pid, "task");
    probe.fds = count_entries(pid, "fd");
    *out = probe;
    return 0;
}

long probe_udp_drops(void) {
    char line[512];
    long in = 0, none = 0, errors = 0, out = 0, full = 0;
    FILE *file = fopen("/proc/self/net/snmp", "r");
    if (!file) return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Udp: %ld %ld %ld %ld %ld", &in, &none, &errors, &out, &full) == 5) break;
    fclose(file);
    return full;
}

void probe_machine(double *busy_us, double *all_us) {
    unsigned long long t[8] = {0};
    FILE *file = fopen("/proc/stat", "r");
    *busy_us = *all_us = 0;
    if (!file) return;
    if (fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6],
               &t[7]) == 8) {
        for (int i = 0; i < 8; i++) *all_us += ticks_to_us((double)t[i]);
        *busy_us = *all_us - ticks_to_us((double)(t[3] + t[4]));
    }
    fclose(file);
}
