# Programs of tests/bench.
noinst_PROGRAMS += tests/bench/bench_srtp
tests_bench_bench_srtp_SOURCES = tests/bench/bench_srtp.c
tests_bench_bench_srtp_CFLAGS = $(TEST_CFLAGS)
tests_bench_bench_srtp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_bench_bench_srtp_LDADD = libcauseway.la


BENCH_LIBS = libcauseway.la $(NICE_LIBS) $(JANSSON_LIBS) $(OPUS_LIBS)
noinst_PROGRAMS += tests/bench/load
tests_bench_load_SOURCES = \
    tests/bench/browser.c tests/bench/browser.h \
    tests/bench/browser_sdp.c tests/bench/browser_sdp.h \
    tests/bench/driver.h tests/bench/driver_causeway.c tests/bench/driver_janus.c tests/bench/driver_rtpengine.c \
    tests/bench/histogram.c tests/bench/histogram.h \
    tests/bench/http_client.c tests/bench/http_client.h \
    tests/bench/load.c \
    tests/bench/load_options.c tests/bench/load_options.h \
    tests/bench/probe.c tests/bench/probe.h \
    tests/bench/speech.c tests/bench/speech.h \
    tests/bench/stamp.c tests/bench/stamp.h \
    tests/bench/watch.c tests/bench/watch.h \
    tests/sim/ice_client.c tests/sim/ice_client.h
tests_bench_load_CFLAGS = $(TEST_CFLAGS)
tests_bench_load_CPPFLAGS = $(TEST_CPPFLAGS)
tests_bench_load_LDADD = $(BENCH_LIBS)

noinst_PROGRAMS += tests/bench/phone
tests_bench_phone_SOURCES = \
    tests/bench/phone.c \
    tests/bench/sip_text.c tests/bench/sip_text.h \
    tests/bench/stamp.c tests/bench/stamp.h \
    tests/bench/watch.c tests/bench/watch.h
tests_bench_phone_CFLAGS = $(TEST_CFLAGS)
tests_bench_phone_CPPFLAGS = $(TEST_CPPFLAGS)
tests_bench_phone_LDADD = $(BENCH_LIBS)

noinst_PROGRAMS += tests/bench/bench_quality
tests_bench_bench_quality_SOURCES = tests/bench/bench_quality.c
tests_bench_bench_quality_CFLAGS = $(TEST_CFLAGS)
tests_bench_bench_quality_CPPFLAGS = $(TEST_CPPFLAGS)
tests_bench_bench_quality_LDADD = libcauseway.la -lm

noinst_PROGRAMS += tests/bench/talk_off
tests_bench_talk_off_SOURCES = tests/bench/talk_off.c
tests_bench_talk_off_CFLAGS = $(TEST_CFLAGS)
tests_bench_talk_off_CPPFLAGS = $(TEST_CPPFLAGS)
tests_bench_talk_off_LDADD = libcauseway.la -lm
