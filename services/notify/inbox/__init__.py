"""What concerns a signed-in reader, in Khmer and English."""
