"""The common tongue between our face and the dialects: values only, no I/O, imports nothing of ours."""
