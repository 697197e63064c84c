# Programs of tests/fuzz.

if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_stun
tests_fuzz_fuzz_stun_SOURCES = tests/fuzz/fuzz_stun.c
tests_fuzz_fuzz_stun_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_stun_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_stun_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_stun_LDADD = libcauseway.la $(NICE_LIBS)
noinst_PROGRAMS += tests/fuzz/fuzz_dtls
tests_fuzz_fuzz_dtls_SOURCES = tests/fuzz/fuzz_dtls.c
tests_fuzz_fuzz_dtls_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_dtls_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_dtls_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_dtls_LDADD = libcauseway.la
noinst_PROGRAMS += tests/fuzz/fuzz_sdes
tests_fuzz_fuzz_sdes_SOURCES = tests/fuzz/fuzz_sdes.c
tests_fuzz_fuzz_sdes_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_sdes_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_sdes_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_sdes_LDADD = libcauseway.la
endif

if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c
tests_fuzz_fuzz_config_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_config_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_config_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_config_LDADD = libcauseway.la
endif

if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_rtp tests/fuzz/fuzz_rtcp
tests_fuzz_fuzz_rtp_SOURCES = tests/fuzz/fuzz_rtp.c
tests_fuzz_fuzz_rtp_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_rtp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_rtp_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_rtp_LDADD = libcauseway.la
tests_fuzz_fuzz_rtcp_SOURCES = tests/fuzz/fuzz_rtcp.c
tests_fuzz_fuzz_rtcp_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_rtcp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_rtcp_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_rtcp_LDADD = libcauseway.la
endif

# Both take tests/data/sdp as a second corpus folder.
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_sdp tests/fuzz/fuzz_jsep
tests_fuzz_fuzz_sdp_SOURCES = tests/fuzz/fuzz_sdp.c
tests_fuzz_fuzz_sdp_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_sdp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_sdp_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_sdp_LDADD = libcauseway.la
tests_fuzz_fuzz_jsep_SOURCES = tests/fuzz/fuzz_jsep.c
tests_fuzz_fuzz_jsep_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_jsep_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_jsep_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_jsep_LDADD = libcauseway.la
endif

if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_dcep
tests_fuzz_fuzz_dcep_SOURCES = tests/fuzz/fuzz_dcep.c
tests_fuzz_fuzz_dcep_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_dcep_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_dcep_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_dcep_LDADD = libcauseway.la
noinst_PROGRAMS += tests/fuzz/fuzz_sctp
tests_fuzz_fuzz_sctp_SOURCES = tests/fuzz/fuzz_sctp.c
tests_fuzz_fuzz_sctp_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_sctp_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_sctp_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_sctp_LDADD = libcauseway.la
noinst_PROGRAMS += tests/fuzz/fuzz_json_request
tests_fuzz_fuzz_json_request_SOURCES = tests/fuzz/fuzz_json_request.c tests/unit/rest_stub.h
tests_fuzz_fuzz_json_request_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_json_request_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_fuzz_fuzz_json_request_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_json_request_LDADD = libcauseway.la $(LIBRARIES_LIBS)
endif

if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_dtmf tests/fuzz/fuzz_dtmf_info
tests_fuzz_fuzz_dtmf_SOURCES = tests/fuzz/fuzz_dtmf.c
tests_fuzz_fuzz_dtmf_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_dtmf_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_dtmf_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_dtmf_LDADD = libcauseway.la
tests_fuzz_fuzz_dtmf_info_SOURCES = tests/fuzz/fuzz_dtmf_info.c
tests_fuzz_fuzz_dtmf_info_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_dtmf_info_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_dtmf_info_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_dtmf_info_LDADD = libcauseway.la
endif

if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_worker
tests_fuzz_fuzz_worker_SOURCES = tests/fuzz/fuzz_worker.c $(SIM_SOURCES)
tests_fuzz_fuzz_worker_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_worker_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_worker_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_worker_LDADD = $(SIM_LIBS)
endif

# fuzz_sip_stack runs threads and sockets: a few hundred inputs a second.
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_sip_text tests/fuzz/fuzz_sip_stack
tests_fuzz_fuzz_sip_text_SOURCES = tests/fuzz/fuzz_sip_text.c plugins/sip/address.c plugins/sip/digest.c \
    plugins/sip/hosts.c plugins/sip/text.c
tests_fuzz_fuzz_sip_text_CFLAGS = $(SIP_PLUGIN_CFLAGS)
tests_fuzz_fuzz_sip_text_CPPFLAGS = $(SIP_PLUGIN_CPPFLAGS)
tests_fuzz_fuzz_sip_text_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_sip_text_LDADD = $(SIP_PLUGIN_LIBS)
tests_fuzz_fuzz_sip_stack_SOURCES = tests/fuzz/fuzz_sip_stack.c
tests_fuzz_fuzz_sip_stack_CFLAGS = $(SIP_PLUGIN_CFLAGS)
tests_fuzz_fuzz_sip_stack_CPPFLAGS = $(SIP_PLUGIN_CPPFLAGS) -I$(top_srcdir)/tests/unit
tests_fuzz_fuzz_sip_stack_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_sip_stack_LDADD = tests/unit/libsip.la $(SIP_PLUGIN_LIBS)
endif

if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_frame tests/fuzz/fuzz_dtmf_target
tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz_frame.c
tests_fuzz_fuzz_frame_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_frame_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_frame_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_frame_LDADD = libcauseway.la
tests_fuzz_fuzz_dtmf_target_SOURCES = tests/fuzz/fuzz_dtmf_target.c $(DTMF_SOURCES)
tests_fuzz_fuzz_dtmf_target_CFLAGS = $(TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_dtmf_target_CPPFLAGS = $(TEST_CPPFLAGS) -I$(top_srcdir)/gateway/plugin -I$(top_srcdir)/plugins
tests_fuzz_fuzz_dtmf_target_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_dtmf_target_LDADD = $(JANSSON_LIBS)
endif
if FUZZ
noinst_PROGRAMS += tests/fuzz/fuzz_playout
tests_fuzz_fuzz_playout_SOURCES = tests/fuzz/fuzz_playout.c
tests_fuzz_fuzz_playout_CFLAGS = $(TEST_CFLAGS)
tests_fuzz_fuzz_playout_CPPFLAGS = $(TEST_CPPFLAGS)
tests_fuzz_fuzz_playout_LDFLAGS = -fsanitize=fuzzer
tests_fuzz_fuzz_playout_LDADD = libcauseway.la
endif
