# Test programs: each prints one line a test, "ok NAME" or "not ok NAME: why".
TEST_CFLAGS = $(AM_CFLAGS) $(LIBRARIES_CFLAGS)
TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests -DTEST_DATA='"$(abs_top_srcdir)/tests/data"'
noinst_HEADERS += tests/test.h

include tests/unit/local.mk
include tests/sim/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk

# What ./dev runs: the test programs and the fuzz targets.
list-tests:
	@echo $(check_PROGRAMS) $(noinst_PROGRAMS)
.PHONY: list-tests
