"""What data is, told without any of its values: frames and arrays → fingerprints (pure)."""
