"""What a technician does at the box: look at one instrument, find what is on a line, set it up."""
