# Files of gateway.
