# The page and its modules, served as they are.
dist_web_DATA += \
    signaling/web/causeway.js \
    signaling/web/icon.svg \
    signaling/web/index.html \
    signaling/web/softphone.css \
    signaling/web/softphone.js
