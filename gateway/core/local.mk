# Files of gateway/core.
