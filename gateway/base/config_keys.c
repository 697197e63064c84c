// The core's configuration keys. conf/causeway.yaml shows each of them, and a test compares the two.
#include "base/config_internal.h"

#define BYTES_PER_MIB (1024 * 1024)
#define HOUR_MS (60 * 60 * 1000)
#define DAY_MS (24 * (int64_t)HOUR_MS)

// One key, one row: the rows are laid out by hand.
// clang-format off
#define INT(p, d, low, high, text)                                                                                     \
    { .path = p, .type = CW_CONFIG_INT, .fallback = d, .min = low, .max = high, .doc = text }
#define TIME(p, d, low, high, text)                                                                                    \
    { .path = p, .type = CW_CONFIG_DURATION, .fallback = d, .min = low, .max = high, .doc = text }
#define TEXT(p, d, flag, text) {.path = p, .type = CW_CONFIG_STRING, .fallback = d, .flags = flag, .doc = text}
#define BOOL(p, d, text) {.path = p, .type = CW_CONFIG_BOOL, .fallback = d, .doc = text}
#define ENUM(p, d, words, text) {.path = p, .type = CW_CONFIG_ENUM, .fallback = d, .values = words, .doc = text}
#define LIST(p, d, words, flag, text)                                                                                  \
    { .path = p, .type = CW_CONFIG_LIST, .fallback = d, .values = words, .flags = flag, .doc = text }

const struct cw_config_key cw_config_core_keys[] = {
    TEXT("http.address", "127.0.0.1", CW_CONFIG_IP, "address of the REST API and the softphone page; 0.0.0.0 or :: for every interface"),
    INT("http.port", "8080", 0, 65535, "TCP port; 0 lets the system choose one"),
    TEXT("http.tls_certificate", "", 0, "PEM file with the certificate chain; with tls_key the API is served over HTTPS"),
    TEXT("http.tls_key", "", 0, "PEM file with the private key of tls_certificate"),
    INT("http.max_connections", "4096", 1, 65535, "connections at once"),
    INT("http.max_connections_per_address", "256", 1, 65535, "connections at once from one address"),
    TIME("http.request_timeout_ms", "10000", 100, HOUR_MS, "time for a request to arrive in full [ms]"),
    TEXT("http.web_dir", "", 0, "directory of the softphone page and causeway.js; empty: where they were installed"),
    LIST("http.cors_origins", "", NULL, 0, "origins of pages that may call the API (https://app.example.org), or *"),

    TEXT("api.keys[].name", "", CW_CONFIG_REQUIRED, "name of the key in the log"),
    TEXT("api.keys[].key", "", CW_CONFIG_REQUIRED | CW_CONFIG_SECRET, "the bearer key itself; without any key only loopback is served"),
    LIST("api.keys[].scopes", "", "sessions|calls|metrics|tokens|admin", 0, "what the key may do; empty: everything"),

    TIME("session.expires_ms", "60000", 1000, DAY_MS, "a session without event stream and request ends after this [ms]"),
    INT("session.event_queue", "512", 16, 65536, "events kept for a slow reader and for replay; then the oldest is dropped"),
    INT("session.node_event_queue", "8192", 16, 1048576, "the same of GET /v1/events, which has the events of all sessions"),
    INT("session.max_sessions", "10000", 1, 1000000, "sessions at once"),

    ENUM("log.level", "info", "error|warn|info|debug", "least weight of a line that is written"),
    ENUM("log.format", "text", "text|json", "form of a line"),

    LIST("media.addresses", "", NULL, CW_CONFIG_IP, "local addresses for browsers' media; empty: every address of the machine"),
    LIST("media.advertised_addresses", "", NULL, CW_CONFIG_IP, "public addresses told instead (1:1 NAT, Docker): the n-th of a family stands for the n-th of media.addresses of that family"),
    INT("media.port", "40000", 1, 65535, "UDP port of the first worker; worker n has port + n"),
    INT("media.tcp_connections", "1024", 0, 32768, "browsers at once that reach a worker's media.port over TCP, where UDP is blocked (lite mode); 0: none"),
    INT("media.tcp_connections_per_address", "64", 1, 32768, "of them at once from one address"),
    INT("media.workers", "0", 0, 256, "media threads; 0: one a core"),
    TEXT("media.rtp_address", "", CW_CONFIG_IP, "local address of plain RTP to SIP peers; empty: the one that routes to the peer"),
    INT("media.rtp_port_min", "42000", 1024, 65535, "first UDP port of plain RTP to SIP peers"),
    INT("media.rtp_port_max", "42999", 1024, 65535, "last UDP port of plain RTP to SIP peers"),
    TIME("media.rtp_timeout_ms", "60000", 0, DAY_MS, "a SIP leg from which nothing comes, and that is not on hold, ends after this [ms]; 0: never"),
    LIST("media.codecs", "PCMU,PCMA,G722,opus", "PCMU|PCMA|G722|opus", 0, "audio codecs offered to SIP peers, best first"),
    ENUM("media.codec_policy", "passthrough", "passthrough|quality|relay", "passthrough: a codec that both sides have, transcoding where there is none; quality: Opus to the browser, transcoding to what the SIP peer prefers; relay: never transcode"),
    INT("media.opus_complexity", "2", 0, 10, "effort of the Opus encoders of transcoded calls; a busy worker uses less"),
    TIME("media.jitter_max_ms", "300", 20, 500, "longest delay of the jitter buffer of a transcoded stream [ms]"),
    ENUM("media.rtp_srtp", "accept", "off|accept|offer|require", "SRTP with SIP peers (SDES, RFC 4568): off: refused; accept: taken when offered; offer: offered too; require: plain RTP refused"),
    TIME("media.silence_after_ms", "500", 0, HOUR_MS, "a SIP peer gets silence when the browser has sent nothing for this long [ms]; 0: never"),
    BOOL("media.detect_dtmf", "false", "tones in the sound of calls are digits: told, taken out, and sent as the other side takes them"),
    INT("media.ptime_ms", "20", 10, 60, "packet length asked of SIP peers [ms]"),

    ENUM("ice.mode", "lite", "lite|full", "lite: browsers reach media.port; full: the gateway is behind NAT and gathers candidates by STUN and TURN"),
    TIME("ice.consent_timeout_ms", "30000", 5000, HOUR_MS, "a peer whose checks stop is gone after this (RFC 7675) [ms]"),
    TIME("ice.disconnected_ms", "5000", 1000, HOUR_MS, "a peer whose checks stop is told to be disconnected after this [ms]"),
    TEXT("ice.stun_server", "", 0, "HOST:PORT of a STUN server, full mode"),
    TEXT("ice.turn_server", "", 0, "HOST:PORT of a TURN server, full mode"),
    TEXT("ice.turn_user", "", 0, "user name at turn_server"),
    TEXT("ice.turn_password", "", CW_CONFIG_SECRET, "password at turn_server"),
    LIST("ice.servers[].urls", "", NULL, CW_CONFIG_REQUIRED, "ICE server handed to browsers: stun: and turn: URLs"),
    TEXT("ice.servers[].username", "", 0, "its user name"),
    TEXT("ice.servers[].credential", "", CW_CONFIG_SECRET, "its password"),

    TEXT("dtls.certificate", "", 0, "PEM file with the DTLS certificate; empty: an ECDSA P-256 one is made at start"),
    TEXT("dtls.key", "", 0, "PEM file with the private key of certificate"),

    TIME("calls.timeout_ms", "60000", 1000, HOUR_MS, "a call that nobody answers ends after this [ms]"),
    INT("calls.max_calls", "10000", 0, 1000000, "calls at once; 0: no new call"),
    TIME("calls.max_duration_ms", "0", 0, 30 * DAY_MS, "an answered call ends after this [ms]; 0: never"),
    ENUM("calls.ringing_tone", "eu", "off|eu|us|uk", "what a browser hears while a phone rings without sound of its own, by region"),
    TIME("calls.ringing_tone_after_ms", "500", 0, HOUR_MS, "it begins when the phone has rung for this long [ms]"),
    TEXT("calls.hold_music", "", 0, "sound file that a SIP peer hears while the browser holds; empty: silence"),
    ENUM("calls.far_transfer", "accounts", "never|accounts|always", "whose far side may transfer a call (REFER), which makes the gateway call someone: accounts: of a SIP account or trunk; always: anyone"),
    TIME("calls.quality_interval_ms", "10000", 0, HOUR_MS, "time between two call.quality events of an answered call [ms]; 0: none"),

    TEXT("plugins.dir", "", 0, "directory of the plugins; empty: where they were installed"),
    LIST("plugins.load", "echo,sip,dtmf", NULL, 0, "plugins to load, in order"),

    INT("limits.body_bytes", "262144", 1024, 64 * BYTES_PER_MIB, "longest request body [bytes]"),
};
// clang-format on

const size_t cw_config_core_key_count = sizeof cw_config_core_keys / sizeof *cw_config_core_keys;

static void check_pair(struct cw_config *config, const char *certificate, const char *key) {
    bool has_certificate = *cw_config_string(config, "%s", certificate), has_key = *cw_config_string(config, "%s", key);
    if (has_certificate && !has_key) cw_config_reject(config, certificate, "needs %s as well", key);
    if (has_key && !has_certificate) cw_config_reject(config, key, "needs %s as well", certificate);
}

void cw_config_check_core(struct cw_config *config) {
    int64_t rtp_min = cw_config_int(config, "media.rtp_port_min"),
            rtp_max = cw_config_int(config, "media.rtp_port_max");
    int64_t port = cw_config_int(config, "media.port");
    check_pair(config, "http.tls_certificate", "http.tls_key");
    check_pair(config, "dtls.certificate", "dtls.key");
    if (rtp_max <= rtp_min)
        cw_config_reject(config, "media.rtp_port_max", "must be above media.rtp_port_min (%lld)", (long long)rtp_min);
    else if (port >= rtp_min && port <= rtp_max)
        cw_config_reject(config, "media.port", "lies in the range of media.rtp_port_min and media.rtp_port_max");
    if (cw_config_int(config, "ice.disconnected_ms") >= cw_config_int(config, "ice.consent_timeout_ms"))
        cw_config_reject(config, "ice.disconnected_ms", "must be below ice.consent_timeout_ms");
}
