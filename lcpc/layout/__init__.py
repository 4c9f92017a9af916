"""How a finished table is laid out for readers and written: csv, Markdown, LaTeX and HTML from one layout."""
