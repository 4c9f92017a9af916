"""Room of the codecs, by kind: each turns a sample into bytes and back, and never grades itself."""
