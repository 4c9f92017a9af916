"""A finished table laid out for readers: Markdown, LaTeX and HTML from one layout."""
