"""What the documents print against what lcpc finds, and the way from any number back to where it is from."""
