// Causeway's plugin interface: the one header that a plugin sees.
//
// A plugin is a shared object with one exported symbol, `cw_plugin_entry` (a struct cw_plugin, CW_PLUGIN_EXPORT).
// The host opens it, checks abi_major (must be equal) and abi_minor (must not be newer than the host's), then
// calls init. A plugin that does not fit or does not start is refused with a message; the gateway runs on.
//
// Threads: functions are called either on the control thread (sessions, calls, options) or on the media worker that
// owns the peer (packets, data channels); each says which. None may block. A plugin with threads of its own
// comes back to the host by run_on_control only.
// Ownership: the plugin borrows every argument for the time of the call and frees none; so does the host.
// Text is UTF-8 and NUL-terminated. Errors: 0 or a negative number (enum cw_result).
// Structures grow at their end; `size` or the minor version tells what is there.
//
// ABI history: 1.0 first release. 1.1 leg_dtmf_mode;
// cw_dial.options; cw_endpoint.first_offer, join, set_options, get_options.
#ifndef CW_PLUGIN_H
#define CW_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CW_ABI_MAJOR 1
#define CW_ABI_MINOR 1
#define CW_PLUGIN_SYMBOL "cw_plugin_entry"
#define CW_PLUGIN_EXPORT __attribute__((visibility("default")))

enum cw_result {
    CW_RESULT_OK = 0,
    CW_RESULT_NO_MEMORY = -1,
    CW_RESULT_INVALID = -2,     // an argument or option is wrong
    CW_RESULT_NOT_FOUND = -5,   // no such peer, leg or channel (it may just have ended)
    CW_RESULT_WRONG_STATE = -7, // not possible now
    CW_RESULT_AGAIN = -8,       // full: try after on_writable
    CW_RESULT_UNSUPPORTED = -10,
    CW_RESULT_FAILED = -11,
};

// A peer or one side of a call; 0 is none. Never used twice in a process.
typedef uint64_t cw_handle;

struct cw_host;

// ---------------------------------------------------------------- errors for the API's caller

// Becomes an RFC 9457 problem. status: HTTP, 4xx or 5xx. code: snake_case. pointer: JSON Pointer of the field, or "".
struct cw_plugin_error {
    int status;
    char code[40];
    char detail[200];
    char pointer[80];
};

// ---------------------------------------------------------------- configuration

enum cw_key_type { CW_KEY_BOOL, CW_KEY_INT, CW_KEY_STRING, CW_KEY_ENUM, CW_KEY_STRING_LIST };

#define CW_KEY_SECRET 1u // never printed

// One key under the section named as the plugin; "port" is `sip.port`, "registrations[].user" a list's member.
// A table ends with path NULL.
struct cw_config_entry {
    const char *path;
    enum cw_key_type type;
    const char *default_value;  // as it would be written; NULL: must be given (members of lists) or empty
    int64_t min, max;           // CW_KEY_INT
    const char *const *choices; // CW_KEY_ENUM, ends with NULL
    unsigned flags;
    const char *doc; // one line with the unit
};

// ---------------------------------------------------------------- media side (worker thread)

enum cw_media_kind { CW_MEDIA_AUDIO, CW_MEDIA_VIDEO, CW_MEDIA_DATA };

struct cw_media_peer; // a peer on its worker: valid from on_start to the end of on_stop, on that thread only

// A received RTP packet, decrypted (RFC 3550). Points into the receive buffer: valid during the call.
struct cw_media_packet {
    uint16_t stream; // index of the m-line
    uint8_t kind;    // enum cw_media_kind
    uint8_t payload_type;
    bool marker;
    uint16_t seq;
    uint32_t timestamp;
    uint32_t ssrc;
    const uint8_t *payload;
    size_t payload_len;
    const void *source; // the host's own view; leave it as it is when the packet is passed on
};

enum cw_feedback_type { CW_FEEDBACK_PLI, CW_FEEDBACK_FIR, CW_FEEDBACK_REMB };

struct cw_media_feedback {
    uint16_t stream;
    uint8_t type;         // enum cw_feedback_type
    uint64_t bitrate_bps; // REMB
};

enum cw_message_kind { CW_MESSAGE_TEXT, CW_MESSAGE_BINARY };

// RFC 8832. max_retransmits and max_lifetime_ms: -1 when not limited; at most one of them is set.
struct cw_channel {
    uint16_t id;
    const char *label;
    const char *protocol;
    bool ordered;
    int max_retransmits;
    int max_lifetime_ms;
};

// All may be NULL. `peer` is what attach gave.
struct cw_app_media {
    void (*on_start)(void *peer, struct cw_media_peer *media); // DTLS is done: sending works
    void (*on_packet)(void *peer, struct cw_media_peer *media, const struct cw_media_packet *packet);
    void (*on_feedback)(void *peer, struct cw_media_peer *media, const struct cw_media_feedback *feedback);
    void (*on_channel)(void *peer, struct cw_media_peer *media,
                       const struct cw_channel *channel); // opened by the browser
    void (*on_channel_closed)(void *peer, struct cw_media_peer *media, uint16_t channel);
    void (*on_message)(void *peer, struct cw_media_peer *media, uint16_t channel, enum cw_message_kind kind,
                       const void *data, size_t len);
    void (*on_writable)(void *peer, struct cw_media_peer *media); // after CW_RESULT_AGAIN
    void (*on_stop)(void *peer, struct cw_media_peer *media);     // last media call of this peer
};

// The host's media functions. Worker thread, inside a media callback or a run_on_worker function.
struct cw_media_host {
    // Sends a packet on stream (an m-line of `to`): SSRC, sequence, timestamp, payload type and header extensions are
    // mapped to that peer's. It may come from another peer of the same worker.
    int (*send)(struct cw_media_peer *to, uint16_t stream, const struct cw_media_packet *packet);
    // Asks the browser for a key frame (PLI or FIR, as negotiated; at most one in 300 ms goes out).
    int (*request_key_frame)(struct cw_media_peer *from, uint16_t stream);
    // Caps what the browser sends, by REMB; 0: no cap.
    int (*limit_bitrate)(struct cw_media_peer *from, uint64_t bitrate_bps);
    int (*channel_send)(struct cw_media_peer *to, uint16_t channel, enum cw_message_kind kind, const void *data,
                        size_t len);
    // Opens a channel towards the browser; *id is written.
    int (*channel_open)(struct cw_media_peer *to, const struct cw_channel *channel, uint16_t *id);
    int (*channel_close)(struct cw_media_peer *to, uint16_t channel);
    // While paused no more messages of this peer are delivered, and its sender is slowed by SCTP's window.
    int (*pause_messages)(struct cw_media_peer *from, bool paused);
    int64_t (*now_us)(struct cw_media_peer *media); // time of this wake-up, monotonic
};

// ---------------------------------------------------------------- application plugins (control thread)

// What the gateway takes of a browser's offer for this plugin, and puts into its own.
struct cw_app_wish {
    bool audio, video, data;
    bool send, receive; // directions, seen from the gateway
};

struct cw_app {
    // A peer joins. options: JSON object text or NULL. On success *peer is the plugin's own object.
    int (*attach)(void *self, cw_handle handle, const char *options, void **peer, struct cw_plugin_error *error);
    void (*wish)(void *peer, struct cw_app_wish *wish);
    // PATCH …/options. NULL: the plugin has none.
    int (*set_options)(void *peer, const char *patch, struct cw_plugin_error *error);
    // The present options as JSON object text: written to out (NUL-terminated), returns 0, or CW_RESULT_INVALID if it
    // does not fit.
    int (*get_options)(void *peer, char *out, size_t cap);
    // After on_stop: the plugin frees the peer.
    void (*detach)(void *peer);
    struct cw_app_media media;
};

// ---------------------------------------------------------------- endpoint plugins (control thread)

struct cw_header {
    const char *name, *value;
};

struct cw_dial {
    const char *to;      // the URI, of one of the plugin's schemes
    const char *from;    // caller's URI or bare user name; NULL: the plugin's default
    const char *display; // caller's display name or NULL
    const char *account; // which of the plugin's accounts or trunks; NULL: the plugin chooses
    const char *sdp;     // offer; NULL if the plugin makes it (first_offer)
    const struct cw_header *headers;
    size_t header_count;
    const char *options; // since 1.1: what join took, or NULL
};

// Calls of the host to the plugin about one of its legs. `leg` is the plugin's own object. Results come back by the
// host's leg_* functions, never from inside these calls.
struct cw_endpoint {
    const char *const *schemes; // "sip", "sips", "tel"; ends with NULL
    // Is this URI one the plugin could dial? Fills error with pointer "/to" if not.
    int (*check)(void *self, const char *uri, struct cw_plugin_error *error);
    int (*dial)(void *self, cw_handle handle, const struct cw_dial *dial, void **leg, struct cw_plugin_error *error);
    // Of an incoming call: 180 without, 183 with an answer.
    int (*ring)(void *leg, int status, const char *sdp);
    int (*answer)(void *leg, const char *sdp);
    // Ends the leg in any state: CANCEL, final response (status, when it still rings here) or BYE. status 0: the plugin
    // chooses; reason: Q.850/SIP text or NULL. The host forgets the leg with this call: no leg_* for it afterwards is
    // an error, but all are ignored.
    void (*hangup)(void *leg, int status, const char *reason);
    int (*reoffer)(void *leg, const char *sdp);                    // re-INVITE; result by leg_reoffer_done
    int (*answer_reoffer)(void *leg, int status, const char *sdp); // 200 with an answer, or 4xx without
    int (*info)(void *leg, const char *content_type, const char *body);
    int (*message)(void *leg, const char *content_type, const char *body);
    // What became of a transfer that leg_refer took: 1xx while it goes on, then one final status. May be NULL.
    int (*refer_done)(void *leg, int status, const char *reason);

    // ---- since 1.1; of a plugin that says 1.0 the host reads nothing below. All may be NULL.

    // Of an endpoint that is described without being asked (no signalling): right after dial the host takes the
    // endpoint's offer here (borrowed for the call) and gives its own description to answer_reoffer. leg_answered
    // follows when the plugin likes, with sdp NULL; no RTP time-out then ends the leg.
    const char *(*first_offer)(void *leg);
    // POST /v1/peers with the plugin's name joins a peer to an endpoint: options (JSON object text or NULL) become the
    // URI that is then dialed. Pointers of errors are below /options.
    int (*join)(void *self, const char *options, char *uri, size_t cap, struct cw_plugin_error *error);
    // PATCH and GET …/options of the peer in such a call, as in struct cw_app. leg_reoffer may be called inside.
    int (*set_options)(void *leg, const char *patch, struct cw_plugin_error *error);
    int (*get_options)(void *leg, char *out, size_t cap); // cap: at least 128 KiB
};

// What a far side says of a leg's end or progress.
struct cw_leg_status {
    int status;         // SIP status code, 0 if none (BYE)
    const char *reason; // its phrase or NULL
    const char
        *code; // cause for the API when there is no status: "hangup", "timeout", "network", "media_timeout"; or NULL
    int q850;  // cause of a Q.850 Reason header (RFC 3326), 0 if there is none
};

// How a far side takes digits. AUTO: RFC 4733 if its SDP has telephone-event, else INFO if the plugin has `info`, else
// tones in the audio. INFO: application/dtmf-relay by endpoint->info, and by leg_info from the far side.
enum cw_dtmf_mode { CW_DTMF_AUTO, CW_DTMF_RFC4733, CW_DTMF_INFO, CW_DTMF_INBAND };

// The far side asks us to call someone in its place (RFC 3515).
struct cw_refer {
    const char *to;       // Refer-To's URI, without its headers
    const char *replaces; // the Replaces in it, unescaped (RFC 3891: an attended transfer), or NULL
    const char *by;       // Referred-By's URI or NULL
};

struct cw_incoming {
    const char *to_user; // user part of the request URI, unescaped
    const char *to, *from, *display;
    const char *account;             // registration or trunk it came by, or NULL
    const char *sdp;                 // offer, or NULL: late offer, the host's offer goes into the answer
    const struct cw_header *headers; // application headers (X-…)
    size_t header_count;
    cw_handle replaces; // the leg whose place this call takes (RFC 3891), or 0: when it is answered, end that leg
};

// ---------------------------------------------------------------- the host

enum cw_host_log_level { CW_HOST_ERROR, CW_HOST_WARN, CW_HOST_INFO, CW_HOST_DEBUG };

struct cw_host {
    uint32_t abi_major, abi_minor;
    size_t size;
    const char *version; // the gateway's
    void *module;        // the host's own

    // Any thread. event: dotted name; text: key=value pairs.
    void (*log)(const struct cw_host *host, enum cw_host_log_level level, const char *event, const char *text);
    int64_t (*now_us)(const struct cw_host *host); // monotonic
    // Any thread: fn(arg) runs on the control thread; if the gateway is ending, drop(arg) runs instead.
    void (*run_on_control)(const struct cw_host *host, void (*fn)(void *arg), void (*drop)(void *arg), void *arg);
    // Any thread. A counter of /metrics: causeway_<plugin>_<name>_total.
    void (*count)(const struct cw_host *host, const char *name, uint64_t add);

    // Configuration: control thread, inside init. path as in the table, list members by index: "registrations.0.user".
    // NULL / def when not set (the table's default counts as set).
    const char *(*config_string)(const struct cw_host *host, const char *path);
    int64_t (*config_int)(const struct cw_host *host, const char *path);
    bool (*config_bool)(const struct cw_host *host, const char *path);
    size_t (*config_count)(const struct cw_host *host, const char *list);

    // Application plugins, control thread.
    // fn(peer, media, data) runs on the peer's worker with a copy of data (peer: what attach gave), in order, from
    // attach on: what comes before the peer's first description is applied waits for it.
    int (*run_on_worker)(const struct cw_host *host, cw_handle peer,
                         void (*fn)(void *peer, struct cw_media_peer *media, const void *data), const void *data,
                         size_t size);
    // An event on the session's stream. type: "chat.message"; data: JSON object text.
    int (*peer_event)(const struct cw_host *host, cw_handle peer, const char *type, const char *data);
    const struct cw_media_host *media;

    // Endpoint plugins, control thread. A handle that has ended gives CW_RESULT_NOT_FOUND, which is no fault.
    // A new call: 0 and *handle, or the SIP status to refuse it with (404, 480, 486, 488, 503), positive.
    int (*call_incoming)(const struct cw_host *host, const struct cw_incoming *incoming, void *leg, cw_handle *handle);
    int (*leg_progress)(const struct cw_host *host, cw_handle leg, const struct cw_leg_status *status, const char *sdp);
    // sdp: the answer (or NULL when an early one stands). For an incoming call answered with an offer (late offer): the
    // ACK's answer. A dial without an offer gives leg_reoffer with the far side's first, then, its answer sent, this.
    int (*leg_answered)(const struct cw_host *host, cw_handle leg, const char *sdp);
    // The far side re-offers (sdp NULL: it asks for our offer); the host calls answer_reoffer.
    int (*leg_reoffer)(const struct cw_host *host, cw_handle leg, const char *sdp);
    // Result of reoffer: 200 and the answer, or the failure's status. Also the ACK's answer, when the far side asked
    // for our offer by leg_reoffer without sdp.
    int (*leg_reoffer_done)(const struct cw_host *host, cw_handle leg, int status, const char *sdp);
    int (*leg_info)(const struct cw_host *host, cw_handle leg, const char *content_type, const char *body);
    int (*leg_message)(const struct cw_host *host, cw_handle leg, const char *content_type, const char *body);
    // The far side is gone; the handle and the plugin's leg are no longer used by the host.
    int (*leg_ended)(const struct cw_host *host, cw_handle leg, const struct cw_leg_status *status);
    // An event of the node: "trunk.up"; data: JSON object text.
    void (*node_event)(const struct cw_host *host, const char *type, const char *data);
    // The far side asks for a transfer. 0: the host does it and says by refer_done how it went; CW_RESULT_UNSUPPORTED
    // or another error: it is declined. NULL in a host that has no transfers.
    int (*leg_refer)(const struct cw_host *host, cw_handle leg, const struct cw_refer *refer);
    // Since 1.1. How digits go to this leg's far side; without this call AUTO. Also from inside dial.
    int (*leg_dtmf_mode)(const struct cw_host *host, cw_handle leg, enum cw_dtmf_mode mode);
};

// ---------------------------------------------------------------- the plugin

struct cw_plugin {
    uint32_t abi_major, abi_minor; // CW_ABI_MAJOR, CW_ABI_MINOR
    size_t size;                   // sizeof(struct cw_plugin)
    const char *name;              // [a-z][a-z0-9_]*, at most 15: section of the configuration, `plugin` of the API
    const char *version;
    const char *description;
    const struct cw_config_entry *config; // or NULL
    // Control thread. *self is passed to all others. Returns 0, or an error with a message written to error->detail.
    int (*init)(const struct cw_host *host, void **self, struct cw_plugin_error *error);
    // Control thread, after the last leg and peer are gone. Joins the plugin's threads.
    void (*fini)(void *self);
    const struct cw_app *app;           // an application plugin, or NULL
    const struct cw_endpoint *endpoint; // an endpoint plugin, or NULL
};

#ifdef __cplusplus
}
#endif

#endif
