# Programs of tests/bench.
noinst_PROGRAMS += tests/bench/bench_srtp
tests_bench_bench_srtp_SOURCES = tests/bench/bench_srtp.c
tests_bench_bench_srtp_CFLAGS = $(TEST_CFLAGS)
tests_bench_bench_srtp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_bench_bench_srtp_LDADD = libcauseway.la

