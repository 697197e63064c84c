// gettimeofday, as the test says.
#include "sim/fake_time.h"

#include <sys/time.h>

cw_time fake_time = 1000 * CW_SECOND;

int gettimeofday(struct timeval *restrict tv, void *restrict zone) {
    (void)zone;
    tv->tv_sec = fake_time / CW_SECOND;
    tv->tv_usec = fake_time % CW_SECOND;
    return 0;
}
