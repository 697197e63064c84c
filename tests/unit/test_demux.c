// Which protocol a packet is for.
#include "proto/demux.h"

#include "test.h"

static enum cw_packet_kind kind(uint8_t first, uint8_t second, size_t len) {
    uint8_t pkt[64] = {first, second, 0, 0, 0x21, 0x12, 0xa4, 0x42};
    return cw_demux(pkt, len);
}

static void first_byte_decides(void) {
    for (int b = 0; b < 256; b++) {
        enum cw_packet_kind want = CW_PACKET_JUNK;
        if (b <= 3) want = CW_PACKET_STUN;
        if (b >= 20 && b <= 63) want = CW_PACKET_DTLS;
        if (b >= 128 && b <= 191) want = CW_PACKET_RTP;
        CHECK_INT(kind((uint8_t)b, 0, 40), want);
    }
}

static void rtcp_by_its_type(void) {
    for (int b = 0; b < 256; b++)
        CHECK_INT(kind(0x80, (uint8_t)b, 40), b >= 192 && b <= 223 ? CW_PACKET_RTCP : CW_PACKET_RTP);
}

static void shorter_than_a_header_is_junk(void) {
    for (size_t n = 0; n < 24; n++) {
        CHECK_INT(kind(0, 1, n), n < 20 ? CW_PACKET_JUNK : CW_PACKET_STUN);
        CHECK_INT(kind(22, 0, n), n < 13 ? CW_PACKET_JUNK : CW_PACKET_DTLS);
        CHECK_INT(kind(0x80, 0, n), n < 12 ? CW_PACKET_JUNK : CW_PACKET_RTP);
        CHECK_INT(kind(0x80, 200, n), n < 8 ? CW_PACKET_JUNK : CW_PACKET_RTCP);
    }
    uint8_t no_cookie[20] = {0, 1};
    CHECK_INT(cw_demux(no_cookie, sizeof no_cookie), CW_PACKET_JUNK);
}

static const struct cw_test tests[] = {
    TEST(first_byte_decides),
    TEST(rtcp_by_its_type),
    TEST(shorter_than_a_header_is_junk),
};
TEST_MAIN(tests)
