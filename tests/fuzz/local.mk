# Programs of tests/fuzz.

if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c
tests_fuzz_fuzz_config_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_config_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_config_LDADD = libcauseway.la
endif

if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_rtp tests/fuzz/fuzz_rtcp
tests_fuzz_fuzz_rtp_SOURCES = tests/fuzz/fuzz_rtp.c
tests_fuzz_fuzz_rtp_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_rtp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_rtp_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_rtp_LDADD = libcauseway.la
tests_fuzz_fuzz_rtcp_SOURCES = tests/fuzz/fuzz_rtcp.c
tests_fuzz_fuzz_rtcp_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_rtcp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_rtcp_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_rtcp_LDADD = libcauseway.la
endif
