"""What trainings are made of: the one loop, and for point clouds, photographs and steps that are
recorded on a device what their trainings share."""
