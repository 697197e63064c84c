# The bridge to plain RTP endpoints.
DTMF_SOURCES = plugins/dtmf/dtmf.c plugins/dtmf/describe.c plugins/dtmf/describe.h plugins/dtmf/target.c plugins/dtmf/target.h

plugin_LTLIBRARIES += plugins/dtmf.la
plugins_dtmf_la_SOURCES = $(DTMF_SOURCES)
plugins_dtmf_la_CFLAGS = $(PLUGIN_CFLAGS) $(JANSSON_CFLAGS)
plugins_dtmf_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_dtmf_la_LDFLAGS = $(PLUGIN_LDFLAGS) -export-symbols-regex cw_plugin_entry
plugins_dtmf_la_LIBADD = $(JANSSON_LIBS)
