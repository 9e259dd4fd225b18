"""Finding areas by what people type."""
