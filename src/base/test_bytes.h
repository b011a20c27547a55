/* test_bytes.h - for tests alone: bytes where a file is asked for. */
#ifndef BASE_TEST_BYTES_H
#define BASE_TEST_BYTES_H

#include <stddef.h>

/* A descriptor from which just those bytes are read; the caller's. */
int test_bytes_fd(const void *data, size_t len);

#endif
