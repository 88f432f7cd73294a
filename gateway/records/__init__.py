"""Minute, ten-minute, hour and day records: what they are, what they say, and when they must be computed anew."""
