"""What PBXs send, how far they were read, and what nobody could understand."""
