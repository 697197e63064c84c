# Programs of tests/sim: browser, worker and phone in one process, on a clock and a network of the test's own.
SIM_SOURCES = tests/sim/sim.c tests/sim/sim.h tests/sim/sim_peers.c tests/sim/fake_time.c tests/sim/fake_time.h \
    tests/sim/ice_client.c tests/sim/ice_client.h
SIM_LIBS = libcauseway.la $(NICE_LIBS) $(SRTP_LIBS) $(OPENSSL_LIBS)

check_PROGRAMS += tests/sim/test_sim_call tests/sim/test_sim_path
tests_sim_test_sim_call_SOURCES = tests/sim/test_sim_call.c $(SIM_SOURCES)
tests_sim_test_sim_call_CFLAGS = $(TEST_CFLAGS)
tests_sim_test_sim_call_CPPFLAGS = $(TEST_CPPFLAGS)
tests_sim_test_sim_call_LDADD = $(SIM_LIBS)

tests_sim_test_sim_path_SOURCES = tests/sim/test_sim_path.c $(SIM_SOURCES)
tests_sim_test_sim_path_CFLAGS = $(TEST_CFLAGS)
tests_sim_test_sim_path_CPPFLAGS = $(TEST_CPPFLAGS)
tests_sim_test_sim_path_LDADD = $(SIM_LIBS)

check_PROGRAMS += tests/sim/test_sim_echo
tests_sim_test_sim_echo_SOURCES = tests/sim/test_sim_echo.c $(SIM_SOURCES) $(ECHO_SOURCES)
tests_sim_test_sim_echo_CFLAGS = $(TEST_CFLAGS)
tests_sim_test_sim_echo_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/gateway/plugin -I$(top_srcdir)/plugins
tests_sim_test_sim_echo_LDADD = $(SIM_LIBS) $(JANSSON_LIBS)

if !SANITIZER
check_PROGRAMS += tests/sim/test_sim_cost
tests_sim_test_sim_cost_SOURCES = tests/sim/test_sim_cost.c $(SIM_SOURCES)
tests_sim_test_sim_cost_CFLAGS = $(TEST_CFLAGS)
tests_sim_test_sim_cost_CPPFLAGS = $(TEST_CPPFLAGS)
tests_sim_test_sim_cost_LDADD = $(SIM_LIBS)
endif
check_PROGRAMS += tests/sim/test_sim_dtmf
tests_sim_test_sim_dtmf_SOURCES = tests/sim/test_sim_dtmf.c $(SIM_SOURCES)
tests_sim_test_sim_dtmf_CFLAGS = $(TEST_CFLAGS)
tests_sim_test_sim_dtmf_CPPFLAGS = $(TEST_CPPFLAGS)
tests_sim_test_sim_dtmf_LDADD = $(SIM_LIBS)

check_PROGRAMS += tests/sim/test_sim_transcode
tests_sim_test_sim_transcode_SOURCES = tests/sim/test_sim_transcode.c tests/unit/sound.h $(SIM_SOURCES)
tests_sim_test_sim_transcode_CFLAGS = $(TEST_CFLAGS)
tests_sim_test_sim_transcode_CPPFLAGS = $(TEST_CPPFLAGS)
tests_sim_test_sim_transcode_LDADD = $(SIM_LIBS) -lm
check_PROGRAMS += tests/sim/test_sim_sound
tests_sim_test_sim_sound_SOURCES = tests/sim/test_sim_sound.c tests/unit/sound.h $(SIM_SOURCES)
tests_sim_test_sim_sound_CFLAGS = $(TEST_CFLAGS)
tests_sim_test_sim_sound_CPPFLAGS = $(TEST_CPPFLAGS)
tests_sim_test_sim_sound_LDADD = $(SIM_LIBS) -lm
