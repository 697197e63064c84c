// The known name that a mistyped one was probably meant to be. Pure, any thread.
#ifndef CW_SIGNALING_SUGGEST_H
#define CW_SIGNALING_SUGGEST_H

struct cw_suggestion {
    const char *name; // the best so far, or NULL; zero to start
    unsigned distance;
};

// Takes candidate as the best if it is nearer to name than what is there, and not far-fetched.
void cw_suggest(struct cw_suggestion *best, const char *name, const char *candidate);

#endif
