#include "base/base32.h"

void
base32_write(const unsigned char *bytes, char *out, size_t letters)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	size_t count = (letters * 5 + 7) / 8;

	for (size_t i = 0; i < letters; i++) {
		size_t bit = 5 * i, byte = bit / 8, left = 11 - bit % 8;
		unsigned pair = (unsigned)bytes[byte] << 8;

		if (byte + 1 < count)
			pair |= bytes[byte + 1];
		out[i] = alphabet[pair >> left & 31];
	}
	out[letters] = '\0';
}
