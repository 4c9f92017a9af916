"""Room of the procedural shapes: families of triangle meshes, one builder a class, each drawn from a Dice."""
