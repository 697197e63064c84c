# Files of gateway/media.
