// The log: one line per event, "time level event key=value …" or JSON, written by a thread of its own so that
// no caller ever waits for a disk or a terminal. Lines beyond the queue's bound are dropped and counted.
// error: the operator acts; warn: a call is worse; info: lifecycle; debug: the rest. Nothing per packet.
// Keys, passwords, tokens, DTMF digits, ICE passwords and SDES keys never appear.
#ifndef CW_BASE_LOG_H
#define CW_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum cw_log_level { CW_LOG_ERROR, CW_LOG_WARN, CW_LOG_INFO, CW_LOG_DEBUG };
enum cw_log_format { CW_LOG_TEXT, CW_LOG_JSON };

// Starts the writer thread (to standard error). Before it, and after stop, lines are written at once.
int cw_log_start(enum cw_log_level level, enum cw_log_format format);
void cw_log_stop(void); // writes what is queued

bool cw_log_enabled(enum cw_log_level level);
uint64_t cw_log_dropped(void);

// event: a dotted name ("call.answered"). fmt gives " key=value" pairs separated by blanks; a value with
// blanks, quotes or control characters is given as %s between double quotes and must have been
// passed through cw_log_quote. Any thread.
void cw_log(enum cw_log_level level, const char *event, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

// Makes a value safe between quotes: control characters and quotes become '?'; cut to fit. Returns out.
const char *cw_log_quote(char *out, unsigned cap, const char *value);

#define cw_error(event, ...) cw_log(CW_LOG_ERROR, event, __VA_ARGS__)
#define cw_warn(event, ...) cw_log(CW_LOG_WARN, event, __VA_ARGS__)
#define cw_info(event, ...) cw_log(CW_LOG_INFO, event, __VA_ARGS__)
#define cw_debug(event, ...)                                                                                           \
    do {                                                                                                               \
        if (cw_log_enabled(CW_LOG_DEBUG)) cw_log(CW_LOG_DEBUG, event, __VA_ARGS__);                                    \
    } while (0)

#endif
