"""What a cell did: reads the world, yields events, and never raises into it."""
