"""From weights and test samples to rows: every stream is written, read again and judged here, never by the codec itself."""
