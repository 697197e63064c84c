// Call progress tones and clips: frequencies, rhythm, level, no clicks.
#include "test.h"

#include <sndfile.h>
#include <unistd.h>

#include "base/err.h"
#include "media/clip.h"
#include "proto/tone.h"
#include "unit/sound.h"

#define RATE 8000

static int16_t pcm[10 * 48000];

static void european(void) {
    struct cw_tone tone;
    cw_tone_init(&tone, cw_tone_ringing("eu"), RATE);
    for (size_t at = 0; at < 10 * RATE; at += 160) cw_tone_make(&tone, pcm + at, 160);
    CHECK_INT(sound_frequency(pcm, RATE, RATE), 425);
    // -13 dBm0: a full-scale sine is +3.14 dBm0.
    double dbm0 = 20 * log10(sound_rms(pcm + 800, 4000) * sqrt(2) / 32767) + 3.14;
    CHECK(fabs(dbm0 + 13) < 0.5);
    CHECK(sound_rms(pcm + RATE, 4 * RATE) == 0);
    CHECK(sound_rms(pcm + 5 * RATE, RATE) > 1000); // the next burst
    CHECK(sound_step(pcm, 10 * RATE) < 5200 * 2 * SOUND_PI * 425 / RATE * 1.1);
}

static void two_frequencies(void) {
    struct cw_tone tone;
    cw_tone_init(&tone, cw_tone_ringing("us"), RATE);
    cw_tone_make(&tone, pcm, 6 * RATE);
    CHECK(sound_amplitude(pcm + 800, RATE, 440, RATE) > 2000);
    CHECK(sound_amplitude(pcm + 800, RATE, 480, RATE) > 2000);
    CHECK(sound_amplitude(pcm + 800, RATE, 425, RATE) < 100);
    CHECK(sound_rms(pcm + 2 * RATE, 4 * RATE) == 0);
}

// 0.4 s, 0.2 s of silence, 0.4 s, 2 s of silence.
static void two_bursts(void) {
    struct cw_tone tone;
    cw_tone_init(&tone, cw_tone_ringing("uk"), 16000);
    cw_tone_make(&tone, pcm, 6 * 16000);
    CHECK(sound_rms(pcm + 1600, 3200) > 1000);
    CHECK(sound_rms(pcm + 6400, 3200) == 0);
    CHECK(sound_rms(pcm + 9600 + 1600, 3200) > 1000);
    CHECK(sound_rms(pcm + 16000, 32000) == 0);
    CHECK(sound_rms(pcm + 48000 + 1600, 3200) > 1000);
}

static void unknown_region(void) { CHECK(cw_tone_ringing("off") == NULL); }

// ---------------------------------------------------------------- clips

static char path[] = "/tmp/cw-clip-XXXXXX";

static void write_wav(int rate, int channels, double hz, size_t frames) {
    SF_INFO info = {.samplerate = rate, .channels = channels, .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file) abort();
    for (size_t i = 0; i < frames; i++) {
        short value = (short)(8000 * sin(2 * SOUND_PI * hz * (double)i / rate)), frame[2] = {value, value};
        if (sf_writef_short(file, frame, 1) != 1) abort();
    }
    sf_close(file);
}

// Stereo at 44100 Hz: mixed, and at the rates that legs need.
static void stereo_is_mixed(void) {
    struct cw_clip *clip = NULL;
    size_t samples;
    write_wav(44100, 2, 500, 44100);
    REQUIRE(cw_clip_load(&clip, path) == 0);
    const int16_t *narrow = cw_clip_pcm(clip, 8000, &samples);
    CHECK(samples > 7900 && samples <= 8001);
    CHECK_INT(sound_frequency(narrow + 400, 7000, 8000), 500);
    CHECK(fabs(sound_amplitude(narrow + 400, 7000, 500, 8000) - 8000) < 400);
    const int16_t *wide = cw_clip_pcm(clip, 16000, &samples);
    CHECK(samples > 15800 && samples <= 16001);
    CHECK_INT(sound_frequency(wide + 800, 14000, 16000), 500);
    cw_clip_free(clip);
}

static void bad_files(void) {
    struct cw_clip *clip = NULL;
    CHECK_INT(cw_clip_load(&clip, "/nonexistent/music.wav"), CW_EIO);
    FILE *file = fopen(path, "w");
    fputs("this is no sound", file);
    fclose(file);
    CHECK_INT(cw_clip_load(&clip, path), CW_EFORMAT);
    write_wav(8000, 1, 500, 0);
    CHECK_INT(cw_clip_load(&clip, path), CW_EFORMAT);
    CHECK(clip == NULL);
}

static const struct cw_test tests[] = {TEST(european),       TEST(two_frequencies), TEST(two_bursts),
                                       TEST(unknown_region), TEST(stereo_is_mixed), TEST(bad_files)};

int main(int argc, char **argv) {
    int fd = mkstemp(path);
    if (fd < 0) return 1;
    close(fd);
    int failed = cw_test_main(tests, sizeof tests / sizeof *tests, argc, argv);
    unlink(path);
    return failed;
}
