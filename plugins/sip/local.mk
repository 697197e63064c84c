# The SIP bridge. -isystem: Sofia's headers do not pass our warnings.
SIP_PLUGIN_CFLAGS = $(PLUGIN_CFLAGS) $(OPENSSL_CFLAGS) $(JANSSON_CFLAGS) \
    $(subst -I,-isystem ,$(SOFIA_CFLAGS))
SIP_PLUGIN_CPPFLAGS = $(PLUGIN_CPPFLAGS)
SIP_PLUGIN_LIBS = $(SOFIA_LIBS) $(OPENSSL_LIBS) $(JANSSON_LIBS) -lpthread
SIP_PLUGIN_SOURCES = \
    plugins/sip/account.c plugins/sip/account.h \
    plugins/sip/address.c plugins/sip/address.h \
    plugins/sip/auth.c plugins/sip/auth.h \
    plugins/sip/body.c \
    plugins/sip/call.c plugins/sip/call.h plugins/sip/call_in.c plugins/sip/call_out.c \
    plugins/sip/config.c plugins/sip/config.h \
    plugins/sip/deliver.c \
    plugins/sip/digest.c plugins/sip/digest.h \
    plugins/sip/dns.c plugins/sip/dns.h \
    plugins/sip/endpoint.c \
    plugins/sip/hosts.c plugins/sip/hosts.h \
    plugins/sip/incoming.c \
    plugins/sip/malformed.c plugins/sip/malformed.h \
    plugins/sip/note.c plugins/sip/note.h \
    plugins/sip/offer.c \
    plugins/sip/plugin.c plugins/sip/plugin.h \
    plugins/sip/refer.c \
    plugins/sip/sofia.h \
    plugins/sip/stack.c plugins/sip/stack.h \
    plugins/sip/table.c plugins/sip/table.h \
    plugins/sip/text.c plugins/sip/text.h \
    plugins/sip/thread.c plugins/sip/thread.h \
    plugins/sip/tls.c plugins/sip/tls.h plugins/sip/tls_free.c plugins/sip/tls_free.h

plugin_LTLIBRARIES += plugins/sip.la
plugins_sip_la_SOURCES = $(SIP_PLUGIN_SOURCES)
plugins_sip_la_CFLAGS = $(SIP_PLUGIN_CFLAGS)
plugins_sip_la_CPPFLAGS = $(SIP_PLUGIN_CPPFLAGS)
plugins_sip_la_LDFLAGS = $(PLUGIN_LDFLAGS) -export-symbols-regex cw_plugin_entry
plugins_sip_la_LIBADD = $(SIP_PLUGIN_LIBS)
