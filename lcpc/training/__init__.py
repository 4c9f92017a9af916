"""From clouds and a configuration to weights: resumable, and the same whether killed or not."""
