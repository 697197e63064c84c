# Files of gateway/plugin.
