# Files of conf.
