# Files of gateway/proto.
