# Plugins. Each is plugins/NAME.la, so that build/plugins/.libs is a directory of plugins (plugins.dir) of its own:
#   plugin_LTLIBRARIES += plugins/NAME.la
#   plugins_NAME_la_SOURCES = plugins/NAME/…
#   plugins_NAME_la_CFLAGS, _CPPFLAGS, _LDFLAGS = $(PLUGIN_CFLAGS), …
PLUGIN_CFLAGS = $(AM_CFLAGS)
PLUGIN_CPPFLAGS = -I$(top_srcdir)/gateway/plugin -I$(top_srcdir)/plugins -I$(top_srcdir) -D_GNU_SOURCE
PLUGIN_LDFLAGS = -module -avoid-version -shared

# libtool's own notes are of no use to dlopen, but without them it does not uninstall.
install-data-hook:
	cd $(DESTDIR)$(plugindir) && rm -f $(notdir $(plugin_LTLIBRARIES))

uninstall-hook:
	cd $(DESTDIR)$(plugindir) && rm -f $(patsubst %.la,%.so,$(notdir $(plugin_LTLIBRARIES)))
include plugins/sip/local.mk
include plugins/echo/local.mk
include plugins/dtmf/local.mk
