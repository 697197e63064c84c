// What a relayed packet must not cost: no allocation and no lock, once the call stands.
// The program's own malloc and lock functions count, also for the libraries. Not built with a sanitizer, which has its
// own.
#include "test.h"

#include <dlfcn.h>
#include <pthread.h>

#include "sim/sim.h"

static unsigned long allocations, locks;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    allocations++;
    return __libc_realloc(old, size);
}

// The C library's lock of the same name.
#define COUNT_LOCK(function, type)                                                                                     \
    int function(type *lock) {                                                                                         \
        static int (*next)(type *);                                                                                    \
        if (!next) *(void **)&next = dlsym(RTLD_NEXT, #function);                                                      \
        locks++;                                                                                                       \
        return next(lock);                                                                                             \
    }
COUNT_LOCK(pthread_mutex_lock, pthread_mutex_t)
COUNT_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t)
COUNT_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t)

// So that the next test's zeros mean something.
static void counters_count(void) {
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    unsigned long allocated = allocations, locked = locks;
    free(malloc(10));
    pthread_mutex_lock(&lock);
    pthread_mutex_unlock(&lock);
    CHECK_INT(allocations - allocated, 1);
    CHECK_INT(locks - locked, 1);
}

// Two thousand packets with their reports; ICE's checks go on too, and are no packets of a call: they are left out.
static void relaying_costs_nothing(void) {
    struct sim sim;
    sim_init(&sim);
    sim_call(&sim, 5 * CW_SECOND);
    sim.browser.ice_on = false;
    uint32_t to_phone = sim.phone.heard.packets, to_browser = sim.browser.heard.packets;
    unsigned long allocated = allocations, locked = locks;
    sim_run(&sim, 20 * CW_SECOND);
    unsigned long then_allocated = allocations, then_locked = locks;
    CHECK(sim.phone.heard.packets >= to_phone + 990);
    CHECK(sim.browser.heard.packets >= to_browser + 990);
    CHECK_INT(then_allocated - allocated, 0);
    CHECK_INT(then_locked - locked, 0);
    sim_fini(&sim);
}

static const struct cw_test tests[] = {TEST(counters_count), TEST(relaying_costs_nothing)};
TEST_MAIN(tests)
