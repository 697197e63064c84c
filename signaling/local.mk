# Files of signaling.
