"""Room of the codecs: each file turns a sample into bytes and back, and never grades itself."""
