// Datagrams in a byte stream.
#include "proto/frame.h"

#include "base/err.h"
#include "test.h"

static struct cw_frames frames;

static void feed(const uint8_t *data, size_t len) {
    size_t cap;
    uint8_t *room = cw_frames_room(&frames, &cap);
    REQUIRE(cap >= len);
    memcpy(room, data, len);
    cw_frames_added(&frames, len);
}

// However the stream is cut, the same datagrams come out.
static void every_cut_gives_the_same(void) {
    static const uint8_t stream[] = {0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd', 0, 2, 'e', 'f'};
    static const char *const want[] = {"abc", "", "d", "ef"};
    for (size_t first = 0; first <= sizeof stream; first++) {
        for (size_t second = first; second <= sizeof stream; second++) {
            const uint8_t *datagram;
            size_t cuts[] = {0, first, second, sizeof stream}, len, count = 0;
            cw_frames_init(&frames);
            for (int i = 0; i < 3; i++) {
                feed(stream + cuts[i], cuts[i + 1] - cuts[i]);
                while (cw_frames_next(&frames, &datagram, &len) == 0) {
                    REQUIRE(count < 4);
                    CHECK_INT(len, strlen(want[count]));
                    CHECK_MEM(datagram, want[count], len);
                    count++;
                }
            }
            CHECK_INT(count, 4);
            CHECK_INT(cw_frames_next(&frames, &datagram, &len), CW_EAGAIN);
        }
    }
}

static void there_is_room_for_the_longest(void) {
    static uint8_t data[CW_FRAME_HEAD + CW_FRAME_MAX] = {CW_FRAME_MAX >> 8, CW_FRAME_MAX & 255};
    const uint8_t *datagram;
    size_t len, cap, in = 0, out = 0, at = 0;
    cw_frames_init(&frames);
    while (out < 50) {
        uint8_t *room = cw_frames_room(&frames, &cap);
        REQUIRE(cap > 0);
        size_t n = cap < 700 ? cap : 700;
        for (size_t i = 0; i < n; i++, in++) {
            room[i] = data[at];
            at = (at + 1) % sizeof data;
        }
        cw_frames_added(&frames, n);
        while (cw_frames_next(&frames, &datagram, &len) == 0) {
            CHECK_INT(len, CW_FRAME_MAX);
            out++;
        }
    }
}

static void a_longer_one_is_refused(void) {
    static const uint8_t head[] = {(CW_FRAME_MAX + 1) >> 8, (CW_FRAME_MAX + 1) & 255};
    const uint8_t *datagram;
    size_t len;
    cw_frames_init(&frames);
    feed(head, sizeof head);
    CHECK_INT(cw_frames_next(&frames, &datagram, &len), CW_ETOOBIG);
}

static const struct cw_test tests[] = {
    TEST(every_cut_gives_the_same),
    TEST(there_is_room_for_the_longest),
    TEST(a_longer_one_is_refused),
};
TEST_MAIN(tests)
