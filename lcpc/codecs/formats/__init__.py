"""Image file formats, encoded and decoded by Pillow, one a file."""
