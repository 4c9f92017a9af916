"""Room of the procedural shapes: tables of parts, the surfaces of parts, one generator."""
