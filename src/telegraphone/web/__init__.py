"""What the dialects of the API share: who asks, parsing, ranges, errors, audio, and the OpenAPI document."""
