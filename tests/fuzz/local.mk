# Programs of tests/fuzz.

if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c
tests_fuzz_fuzz_config_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_config_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_config_LDADD = libcauseway.la
endif
