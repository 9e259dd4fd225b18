"""All of ISAF on one machine from Python wheels: no Docker, no root."""
