"""What the documents print beside what lcpc computes, and the way from any number to its source."""
