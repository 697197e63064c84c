# One program per file under test.
check_PROGRAMS += tests/unit/test_dtls
tests_unit_test_dtls_SOURCES = tests/unit/test_dtls.c tests/unit/dtls_net.h tests/sim/fake_time.c tests/sim/fake_time.h
tests_unit_test_dtls_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_dtls_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_dtls_LDADD = libcauseway.la $(OPENSSL_LIBS)

check_PROGRAMS += tests/unit/test_dtls_connected
tests_unit_test_dtls_connected_SOURCES = tests/unit/test_dtls_connected.c tests/unit/dtls_net.h \
    tests/sim/fake_time.c tests/sim/fake_time.h
tests_unit_test_dtls_connected_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_dtls_connected_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_dtls_connected_LDADD = libcauseway.la $(OPENSSL_LIBS)

check_PROGRAMS += tests/unit/test_demux
tests_unit_test_demux_SOURCES = tests/unit/test_demux.c
tests_unit_test_demux_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_demux_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_demux_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_ice
tests_unit_test_ice_SOURCES = tests/unit/test_ice.c tests/sim/ice_client.c tests/sim/ice_client.h
tests_unit_test_ice_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_ice_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_ice_LDADD = libcauseway.la $(NICE_LIBS)

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
check_PROGRAMS += tests/unit/test_dcep
tests_unit_test_dcep_SOURCES = tests/unit/test_dcep.c
tests_unit_test_dcep_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_dcep_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_dcep_LDADD = libcauseway.la
check_PROGRAMS += tests/unit/test_sctp
tests_unit_test_sctp_SOURCES = tests/unit/test_sctp.c tests/unit/sctp_link.h
tests_unit_test_sctp_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_sctp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_sctp_LDADD = libcauseway.la
check_PROGRAMS += tests/unit/test_sctp_peer
tests_unit_test_sctp_peer_SOURCES = tests/unit/test_sctp_peer.c tests/unit/sctp_link.h
tests_unit_test_sctp_peer_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_sctp_peer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_sctp_peer_LDADD = libcauseway.la
check_PROGRAMS += tests/unit/test_sctp_threads
tests_unit_test_sctp_threads_SOURCES = tests/unit/test_sctp_threads.c
tests_unit_test_sctp_threads_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_sctp_threads_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_sctp_threads_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_rtp
tests_unit_test_rtp_SOURCES = tests/unit/test_rtp.c
tests_unit_test_rtp_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_rtp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_rtp_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_rtp_map
tests_unit_test_rtp_map_SOURCES = tests/unit/test_rtp_map.c
tests_unit_test_rtp_map_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_rtp_map_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_rtp_map_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_rtcp
tests_unit_test_rtcp_SOURCES = tests/unit/test_rtcp.c
tests_unit_test_rtcp_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_rtcp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_rtcp_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_rtp_stats
tests_unit_test_rtp_stats_SOURCES = tests/unit/test_rtp_stats.c
tests_unit_test_rtp_stats_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_rtp_stats_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_rtp_stats_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_twcc
tests_unit_test_twcc_SOURCES = tests/unit/test_twcc.c
tests_unit_test_twcc_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_twcc_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_twcc_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_nack
tests_unit_test_nack_SOURCES = tests/unit/test_nack.c
tests_unit_test_nack_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_nack_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_nack_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_latch
tests_unit_test_latch_SOURCES = tests/unit/test_latch.c
tests_unit_test_latch_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_latch_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_latch_LDADD = libcauseway.la
check_PROGRAMS += tests/unit/test_fsm
tests_unit_test_fsm_SOURCES = tests/unit/test_fsm.c
tests_unit_test_fsm_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_fsm_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_fsm_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_sdp
tests_unit_test_sdp_SOURCES = tests/unit/test_sdp.c tests/unit/sdp_text.h
tests_unit_test_sdp_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_sdp_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_test_sdp_LDADD = libcauseway.la
# The SIP plugin's own code, with a host of the tests.
check_LTLIBRARIES = tests/unit/libsip.la
tests_unit_libsip_la_SOURCES = tests/unit/sip_fake.c tests/unit/sip_fake.h tests/unit/sip_phone.c $(SIP_PLUGIN_SOURCES)
tests_unit_libsip_la_CFLAGS = $(SIP_PLUGIN_CFLAGS)
tests_unit_libsip_la_CPPFLAGS = $(SIP_PLUGIN_CPPFLAGS)
tests_unit_libsip_la_LIBADD = $(SIP_PLUGIN_LIBS)

check_PROGRAMS += tests/unit/test_sip_calls
tests_unit_test_sip_calls_SOURCES = tests/unit/test_sip_calls.c
tests_unit_test_sip_calls_CFLAGS = $(SIP_PLUGIN_CFLAGS)
tests_unit_test_sip_calls_CPPFLAGS = $(SIP_PLUGIN_CPPFLAGS)
tests_unit_test_sip_calls_LDADD = tests/unit/libsip.la $(SIP_PLUGIN_LIBS)

check_PROGRAMS += tests/unit/test_rest
tests_unit_test_rest_SOURCES = tests/unit/test_rest.c
tests_unit_test_rest_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_rest_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_rest_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_http
tests_unit_test_http_SOURCES = tests/unit/test_http.c
tests_unit_test_http_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_http_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_http_LDADD = libcauseway.la
check_PROGRAMS += tests/unit/test_sip_accounts
tests_unit_test_sip_accounts_SOURCES = tests/unit/test_sip_accounts.c
tests_unit_test_sip_accounts_CFLAGS = $(SIP_PLUGIN_CFLAGS)
tests_unit_test_sip_accounts_CPPFLAGS = $(SIP_PLUGIN_CPPFLAGS)
tests_unit_test_sip_accounts_LDADD = tests/unit/libsip.la $(SIP_PLUGIN_LIBS)

check_PROGRAMS += tests/unit/test_sip_text
tests_unit_test_sip_text_SOURCES = tests/unit/test_sip_text.c plugins/sip/digest.c plugins/sip/note.c \
    plugins/sip/table.c plugins/sip/text.c
tests_unit_test_sip_text_CFLAGS = $(SIP_PLUGIN_CFLAGS)
tests_unit_test_sip_text_CPPFLAGS = $(SIP_PLUGIN_CPPFLAGS)
tests_unit_test_sip_text_LDADD = $(SIP_PLUGIN_LIBS)
check_PROGRAMS += tests/unit/test_jsep
tests_unit_test_jsep_SOURCES = tests/unit/test_jsep.c tests/unit/jsep_pair.h tests/unit/sdp_text.h
tests_unit_test_jsep_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_jsep_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_test_jsep_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_jsep_errors
tests_unit_test_jsep_errors_SOURCES = tests/unit/test_jsep_errors.c tests/unit/jsep_pair.h tests/unit/sdp_text.h
tests_unit_test_jsep_errors_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_jsep_errors_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_test_jsep_errors_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_jsep_sip
tests_unit_test_jsep_sip_SOURCES = tests/unit/test_jsep_sip.c tests/unit/jsep_pair.h tests/unit/sdp_text.h
tests_unit_test_jsep_sip_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_jsep_sip_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_unit_test_jsep_sip_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_media
tests_unit_test_media_SOURCES = tests/unit/test_media.c
tests_unit_test_media_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_media_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_media_LDADD = libcauseway.la
noinst_HEADERS += tests/unit/http_stub.h
check_PROGRAMS += tests/unit/test_http_events
tests_unit_test_http_events_SOURCES = tests/unit/test_http_events.c
tests_unit_test_http_events_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_http_events_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_http_events_LDADD = libcauseway.la

noinst_HEADERS += tests/unit/rest_stub.h
check_PROGRAMS += tests/unit/test_rest_node
tests_unit_test_rest_node_SOURCES = tests/unit/test_rest_node.c
tests_unit_test_rest_node_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_rest_node_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_rest_node_LDADD = libcauseway.la $(LIBRARIES_LIBS)

check_PROGRAMS += tests/unit/test_dtmf_receive
tests_unit_test_dtmf_receive_SOURCES = tests/unit/test_dtmf_receive.c
tests_unit_test_dtmf_receive_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_dtmf_receive_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_dtmf_receive_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_dtmf_send
tests_unit_test_dtmf_send_SOURCES = tests/unit/test_dtmf_send.c
tests_unit_test_dtmf_send_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_dtmf_send_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_dtmf_send_LDADD = libcauseway.la
check_PROGRAMS += tests/unit/test_rest_peer
tests_unit_test_rest_peer_SOURCES = tests/unit/test_rest_peer.c tests/unit/rest_stub.h
tests_unit_test_rest_peer_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_rest_peer_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_rest_peer_LDADD = libcauseway.la $(LIBRARIES_LIBS)
check_PROGRAMS += tests/unit/test_sip_hosts
tests_unit_test_sip_hosts_SOURCES = tests/unit/test_sip_hosts.c plugins/sip/hosts.c
tests_unit_test_sip_hosts_CFLAGS = $(SIP_PLUGIN_CFLAGS)
tests_unit_test_sip_hosts_CPPFLAGS = $(SIP_PLUGIN_CPPFLAGS)

check_PROGRAMS += tests/unit/test_sip_transport
tests_unit_test_sip_transport_SOURCES = tests/unit/test_sip_transport.c tests/unit/sip_certs.c tests/unit/sip_certs.h
tests_unit_test_sip_transport_CFLAGS = $(SIP_PLUGIN_CFLAGS)
tests_unit_test_sip_transport_CPPFLAGS = $(SIP_PLUGIN_CPPFLAGS)
tests_unit_test_sip_transport_LDADD = tests/unit/libsip.la $(SIP_PLUGIN_LIBS)

check_PROGRAMS += tests/unit/test_sip_dialogs
tests_unit_test_sip_dialogs_SOURCES = tests/unit/test_sip_dialogs.c
tests_unit_test_sip_dialogs_CFLAGS = $(SIP_PLUGIN_CFLAGS)
tests_unit_test_sip_dialogs_CPPFLAGS = $(SIP_PLUGIN_CPPFLAGS)
tests_unit_test_sip_dialogs_LDADD = tests/unit/libsip.la $(SIP_PLUGIN_LIBS)
check_PROGRAMS += tests/unit/test_audio_codec
tests_unit_test_audio_codec_SOURCES = tests/unit/test_audio_codec.c tests/unit/sound.h
tests_unit_test_audio_codec_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_audio_codec_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_audio_codec_LDADD = libcauseway.la -lm

check_PROGRAMS += tests/unit/test_playout
tests_unit_test_playout_SOURCES = tests/unit/test_playout.c tests/unit/sound.h
tests_unit_test_playout_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_playout_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_playout_LDADD = libcauseway.la -lm

check_PROGRAMS += tests/unit/test_dtmf_plugin
tests_unit_test_dtmf_plugin_SOURCES = tests/unit/test_dtmf_plugin.c $(DTMF_SOURCES)
tests_unit_test_dtmf_plugin_CFLAGS = $(TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_dtmf_plugin_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/gateway/plugin -I$(top_srcdir)/plugins
tests_unit_test_dtmf_plugin_LDADD = $(JANSSON_LIBS)
check_PROGRAMS += tests/unit/test_tone
tests_unit_test_tone_SOURCES = tests/unit/test_tone.c tests/unit/sound.h
tests_unit_test_tone_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_tone_CPPFLAGS = $(TEST_CPPFLAGS) $(SNDFILE_CFLAGS)
tests_unit_test_tone_LDADD = libcauseway.la $(SNDFILE_LIBS) -lm

check_PROGRAMS += tests/unit/test_frame
tests_unit_test_frame_SOURCES = tests/unit/test_frame.c
tests_unit_test_frame_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_frame_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_frame_LDADD = libcauseway.la

check_PROGRAMS += tests/unit/test_tcp
tests_unit_test_tcp_SOURCES = tests/unit/test_tcp.c
tests_unit_test_tcp_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_tcp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_tcp_LDADD = libcauseway.la $(LIBRARIES_LIBS)
check_PROGRAMS += tests/unit/test_dtmf_tone
tests_unit_test_dtmf_tone_SOURCES = tests/unit/test_dtmf_tone.c
tests_unit_test_dtmf_tone_CFLAGS = $(TEST_CFLAGS)
tests_unit_test_dtmf_tone_CPPFLAGS = $(TEST_CPPFLAGS)
tests_unit_test_dtmf_tone_LDADD = libcauseway.la -lm
