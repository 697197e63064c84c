# The program.
bin_PROGRAMS += causeway
causeway_SOURCES = gateway/main.c
causeway_CFLAGS = $(AM_CFLAGS) $(LIBRARIES_CFLAGS)
causeway_LDADD = libcauseway.la $(LIBRARIES_LIBS)
