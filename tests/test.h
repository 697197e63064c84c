// A small test frame: TEST functions in a table, CHECK that says what it saw. Include once per program.
#ifndef CW_TEST_H
#define CW_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cw_test {
    const char *name;
    void (*run)(void);
};

static int cw_test_failures; // in the test that runs now

#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        if (!(cond)) {                                                                                                 \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);                                                        \
            cw_test_failures++;                                                                                        \
        }                                                                                                              \
    } while (0)

#define CHECK_INT(got, want)                                                                                           \
    do {                                                                                                               \
        long long g_ = (long long)(got), w_ = (long long)(want);                                                       \
        if (g_ != w_) {                                                                                                \
            printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, g_, w_);                               \
            cw_test_failures++;                                                                                        \
        }                                                                                                              \
    } while (0)

#define CHECK_STR(got, want)                                                                                           \
    do {                                                                                                               \
        const char *g_ = (got), *w_ = (want);                                                                          \
        if (!g_ || strcmp(g_, w_) != 0) {                                                                              \
            printf("# %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, #got, g_ ? g_ : "NULL", w_);             \
            cw_test_failures++;                                                                                        \
        }                                                                                                              \
    } while (0)

#define CHECK_MEM(got, want, len)                                                                                      \
    do {                                                                                                               \
        if (memcmp((got), (want), (len)) != 0) {                                                                       \
            printf("# %s:%d: %s differs from %s\n", __FILE__, __LINE__, #got, #want);                                  \
            cw_test_failures++;                                                                                        \
        }                                                                                                              \
    } while (0)

// Ends the running test when going on makes no sense.
#define REQUIRE(cond)                                                                                                  \
    do {                                                                                                               \
        int before_ = cw_test_failures;                                                                                \
        CHECK(cond);                                                                                                   \
        if (cw_test_failures != before_) return;                                                                       \
    } while (0)

#define TEST(name)                                                                                                     \
    { #name, name }

// Runs all tests, or those whose names contain argv[1]. Returns main's result.
static inline int cw_test_main(const struct cw_test *tests, size_t count, int argc, char **argv) {
    int failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < count; i++) {
        if (argc > 1 && !strstr(tests[i].name, argv[1])) continue;
        cw_test_failures = 0;
        tests[i].run();
        printf("%s %s\n", cw_test_failures ? "not ok" : "ok", tests[i].name);
        failed += cw_test_failures != 0;
    }
    return failed != 0;
}

#define TEST_MAIN(tests)                                                                                               \
    int main(int argc, char **argv) { return cw_test_main(tests, sizeof(tests) / sizeof *(tests), argc, argv); }

#endif
