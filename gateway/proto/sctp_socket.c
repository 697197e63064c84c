// An association as usrsctp has it: a one-to-one socket on an address that is our id, read and written without waiting.
#include <arpa/inet.h>
#include <string.h>
#include <usrsctp.h>

#include "base/err.h"
#include "proto/sctp_internal.h"

// usrsctp counts the MTU without the common header.
#define PATH_MTU (CW_SCTP_MTU - 12)

// usrsctp answers this option but its installed header leaves it out.
#define GET_SEND_BUFFER_USE 0x00001101
struct send_buffer_use {
    sctp_assoc_t association;
    uint32_t send_bytes;
    uint32_t receive_bytes;
};

static struct sockaddr_conn address_of(const struct cw_sctp *sctp, uint16_t port) {
    return (struct sockaddr_conn){
        .sconn_family = AF_CONN,
        .sconn_port = htons(port),
        .sconn_addr = (void *)(uintptr_t)sctp->id,
    };
}

static bool set(struct cw_sctp *sctp, int option, const void *value, size_t size) {
    return usrsctp_setsockopt(sctp->socket, IPPROTO_SCTP, option, value, (socklen_t)size) == 0;
}

static bool set_buffers(struct cw_sctp *sctp) {
    int send_bytes = CW_SCTP_SEND_BUFFER, receive_bytes = CW_SCTP_RECEIVE_BUFFER;
    // Zero: closing sends ABORT and forgets, nothing lingers in usrsctp.
    struct linger linger = {.l_onoff = 1};
    struct socket *so = sctp->socket;
    return usrsctp_setsockopt(so, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes) == 0 &&
           usrsctp_setsockopt(so, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes) == 0 &&
           usrsctp_setsockopt(so, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) == 0;
}

static bool set_events(struct cw_sctp *sctp) {
    static const uint16_t wanted[] = {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT, SCTP_PARTIAL_DELIVERY_EVENT};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct sctp_event event = {.se_assoc_id = SCTP_ALL_ASSOC, .se_type = wanted[i], .se_on = 1};
        if (!set(sctp, SCTP_EVENT, &event, sizeof event)) return false;
    }
    return true;
}

static bool set_options(struct cw_sctp *sctp) {
    int on = 1;
    struct sctp_assoc_value reset = {.assoc_id = SCTP_ALL_ASSOC, .assoc_value = SCTP_ENABLE_RESET_STREAM_REQ};
    struct sctp_initmsg init = {.sinit_num_ostreams = sctp->config.streams,
                                .sinit_max_instreams = sctp->config.streams};
    // DTLS datagrams are not fragmented by IP and tell no path MTU (RFC 8261 §5).
    struct sctp_paddrparams path = {.spp_flags = SPP_PMTUD_DISABLE, .spp_pathmtu = PATH_MTU};
    return set_buffers(sctp) && set_events(sctp) && set(sctp, SCTP_NODELAY, &on, sizeof on) &&
           set(sctp, SCTP_RECVRCVINFO, &on, sizeof on) && set(sctp, SCTP_ENABLE_STREAM_RESET, &reset, sizeof reset) &&
           set(sctp, SCTP_INITMSG, &init, sizeof init) && set(sctp, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

int cw_sctp_socket_open(struct cw_sctp *sctp) {
    usrsctp_register_address((void *)(uintptr_t)sctp->id);
    sctp->registered = true;
    sctp->socket = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, NULL, NULL, 0, NULL);
    if (!sctp->socket) return CW_ENOMEM;
    struct sockaddr_conn local = address_of(sctp, sctp->config.local_port);
    if (usrsctp_set_non_blocking(sctp->socket, 1) != 0 || !set_options(sctp)) return CW_EIO;
    usrsctp_set_upcall(sctp->socket, cw_sctp_on_upcall, (void *)(uintptr_t)sctp->id);
    return usrsctp_bind(sctp->socket, (struct sockaddr *)&local, sizeof local) == 0 ? CW_OK : CW_EIO;
}

void cw_sctp_socket_close(struct cw_sctp *sctp) {
    cw_sctp_enter(sctp);
    if (sctp->socket) usrsctp_close(sctp->socket);
    cw_sctp_leave();
    if (sctp->registered) usrsctp_deregister_address((void *)(uintptr_t)sctp->id);
    sctp->socket = NULL;
    sctp->registered = false;
}

int cw_sctp_socket_connect(struct cw_sctp *sctp) {
    struct sockaddr_conn remote = address_of(sctp, sctp->config.remote_port);
    cw_sctp_enter(sctp);
    bool begun = usrsctp_connect(sctp->socket, (struct sockaddr *)&remote, sizeof remote) == 0 || errno == EINPROGRESS;
    cw_sctp_leave();
    return begun ? CW_OK : CW_EIO;
}

static struct sctp_prinfo policy_of(const struct cw_sctp_channel *channel) {
    switch (channel->reliability) {
    case CW_DCEP_MAX_RETRANSMITS:
        return (struct sctp_prinfo){.pr_policy = SCTP_PR_SCTP_RTX, .pr_value = channel->value};
    case CW_DCEP_MAX_LIFETIME: return (struct sctp_prinfo){.pr_policy = SCTP_PR_SCTP_TTL, .pr_value = channel->value};
    default: return (struct sctp_prinfo){.pr_policy = SCTP_PR_SCTP_NONE};
    }
}

int cw_sctp_socket_send(struct cw_sctp *sctp, uint16_t id, enum cw_dcep_ppid ppid,
                        const struct cw_sctp_channel *channel, const void *data, size_t len) {
    struct sctp_sendv_spa spa = {.sendv_flags = SCTP_SEND_SNDINFO_VALID};
    spa.sendv_sndinfo.snd_sid = id;
    spa.sendv_sndinfo.snd_ppid = htonl((uint32_t)ppid);
    spa.sendv_sndinfo.snd_flags = SCTP_EOR;
    if (channel) {
        spa.sendv_prinfo = policy_of(channel);
        if (channel->reliability != CW_DCEP_RELIABLE) spa.sendv_flags |= SCTP_SEND_PRINFO_VALID;
        // Until the ACK has come the OPEN could be overtaken (RFC 8832 §6).
        if (channel->unordered && channel->state == CW_SCTP_CHANNEL_OPEN) spa.sendv_sndinfo.snd_flags |= SCTP_UNORDERED;
    }
    cw_sctp_enter(sctp);
    ssize_t sent = usrsctp_sendv(sctp->socket, data, len, NULL, 0, &spa, sizeof spa, SCTP_SENDV_SPA, 0);
    int error = errno;
    cw_sctp_leave();
    if (sent >= 0) return CW_OK;
    if (error == EWOULDBLOCK || error == EAGAIN) return CW_EAGAIN;
    return error == EMSGSIZE ? CW_ETOOBIG : CW_EIO;
}

int cw_sctp_socket_read(struct cw_sctp *sctp, struct cw_sctp_piece *piece) {
    struct sctp_rcvinfo info = {0};
    socklen_t info_len = sizeof info;
    unsigned info_type = SCTP_RECVV_NOINFO;
    int flags = 0;
    cw_sctp_enter(sctp); // a read may open the window: that sends a SACK
    ssize_t got = usrsctp_recvv(sctp->socket, sctp->owner->scratch, sizeof sctp->owner->scratch, NULL, NULL, &info,
                                &info_len, &info_type, &flags);
    int error = errno;
    cw_sctp_leave();
    if (got < 0 && (error == EWOULDBLOCK || error == EAGAIN)) return CW_EAGAIN;
    if (got <= 0) return CW_EIO;
    *piece = (struct cw_sctp_piece){
        .len = (size_t)got,
        .notification = (flags & MSG_NOTIFICATION) != 0,
        .end = (flags & MSG_EOR) != 0,
        .id = info.rcv_sid,
        .ppid = ntohl(info.rcv_ppid),
    };
    return CW_OK;
}

void cw_sctp_socket_input(struct cw_sctp *sctp, const void *packet, size_t len) {
    cw_sctp_enter(sctp);
    usrsctp_conninput((void *)(uintptr_t)sctp->id, packet, len, 0);
    cw_sctp_leave();
}

bool cw_sctp_socket_failed(struct cw_sctp *sctp) { return (usrsctp_get_events(sctp->socket) & SCTP_EVENT_ERROR) != 0; }

int cw_sctp_socket_reset(struct cw_sctp *sctp, uint16_t id) {
    uint8_t memory[sizeof(struct sctp_reset_streams) + sizeof id];
    struct sctp_reset_streams reset = {.srs_flags = SCTP_STREAM_RESET_OUTGOING, .srs_number_streams = 1};
    memcpy(memory, &reset, sizeof reset);
    memcpy(memory + sizeof reset, &id, sizeof id);
    cw_sctp_enter(sctp);
    bool taken = set(sctp, SCTP_RESET_STREAMS, memory, sizeof memory);
    cw_sctp_leave();
    return taken ? CW_OK : CW_EIO;
}

size_t cw_sctp_socket_buffered(struct cw_sctp *sctp) {
    struct send_buffer_use use = {0};
    socklen_t len = sizeof use;
    if (usrsctp_getsockopt(sctp->socket, IPPROTO_SCTP, GET_SEND_BUFFER_USE, &use, &len) != 0) return 0;
    return use.send_bytes;
}
