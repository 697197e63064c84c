# One program per file under test.
check_PROGRAMS += tests/unit/test_srtp
tests_unit_test_srtp_SOURCES = tests/unit/test_srtp.c
tests_unit_test_srtp_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_srtp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_srtp_LDADD = libcauseway.la $(SRTP_LIBS) $(OPENSSL_LIBS)

check_PROGRAMS += tests/unit/test_base
tests_unit_test_base_SOURCES = tests/unit/test_base.c
tests_unit_test_base_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_base_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_base_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_events
tests_unit_test_events_SOURCES = tests/unit/test_events.c
tests_unit_test_events_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_events_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_events_LDADD = libcauseway.la
check_PROGRAMS += tests/unit/test_config
tests_unit_test_config_SOURCES = tests/unit/test_config.c
tests_unit_test_config_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_config_CPPFLAGS = $(TEST_CPPFLAGS) -DSAMPLE_CONFIG='"$(abs_top_srcdir)/conf/causeway.yaml"'
tests_unit_test_config_LDADD = libcauseway.la
