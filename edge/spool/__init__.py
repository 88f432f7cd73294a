"""What waits on disk for its acknowledgement, and how it is sent."""
