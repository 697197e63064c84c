// What the sides of a call hear of the gateway itself: the ringing tone while a phone rings without early media, music
// or silence while we hold.
#include "core/call_internal.h"
#include "core/node.h"
#include "core/peer_internal.h"

static void play(struct cw_call *c, uint64_t leg, enum cw_call_sound sound) {
    struct cw_media_play what = {.sound = CW_MEDIA_SOUND_NONE};
    if (sound == CW_CALL_SOUND_RINGING) {
        what.sound = CW_MEDIA_SOUND_TONE;
        what.rhythm = *cw_tone_ringing(cw_config_string(c->node->config, "calls.ringing_tone"));
    } else if (sound == CW_CALL_SOUND_HOLD) {
        what.sound = c->node->hold_music ? CW_MEDIA_SOUND_CLIP : CW_MEDIA_SOUND_SILENCE;
        what.clip = c->node->hold_music;
    }
    cw_media_play(c->node->media, leg, &what); // if memory is short it is not heard
}

static enum cw_call_sound for_browser(const struct cw_call *c) {
    const char *region = cw_config_string(c->node->config, "calls.ringing_tone");
    cw_time after = cw_config_int(c->node->config, "calls.ringing_tone_after_ms") * CW_MS;
    bool rings = c->state == CW_CALL_RINGING && !c->incoming && c->node->now - c->ringing_at >= after;
    return rings && cw_tone_ringing(region) ? CW_CALL_SOUND_RINGING : CW_CALL_SOUND_NONE;
}

void cw_call_sound_update(struct cw_call *c) {
    enum cw_call_sound browser = for_browser(c);
    enum cw_call_sound far = c->state == CW_CALL_HELD && c->holds.us ? CW_CALL_SOUND_HOLD : CW_CALL_SOUND_NONE;
    if (c->peer && c->peer->in_media && browser != c->browser_hears) {
        play(c, c->peer->leg, browser);
        c->browser_hears = browser;
    }
    if (c->leg_in_media && far != c->far_hears) {
        play(c, c->leg, far);
        c->far_hears = far;
    }
}
