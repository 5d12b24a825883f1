"""Finding calls: what is asked of them, where such calls are listed, and the ways to a page or a count of them with bounded work."""
