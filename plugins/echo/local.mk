# Echo: media and messages come back.
ECHO_SOURCES = plugins/echo/echo.c plugins/echo/options.c plugins/echo/options.h

plugin_LTLIBRARIES += plugins/echo.la
plugins_echo_la_SOURCES = $(ECHO_SOURCES)
plugins_echo_la_CFLAGS = $(PLUGIN_CFLAGS) $(JANSSON_CFLAGS)
plugins_echo_la_CPPFLAGS = $(PLUGIN_CPPFLAGS)
plugins_echo_la_LDFLAGS = $(PLUGIN_LDFLAGS) -export-symbols-regex cw_plugin_entry
plugins_echo_la_LIBADD = $(JANSSON_LIBS)
