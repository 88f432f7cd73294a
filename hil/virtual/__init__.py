"""What stands on the bench when nothing real does: instruments, cameras, networks and a county that are programs."""
