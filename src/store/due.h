/* due.h - a row that a worker is to see to. */
#ifndef STORE_DUE_H
#define STORE_DUE_H

#include <stdint.h>

struct due {
	int64_t id; /* what the job is given; most often a message */
	int64_t attempts; /* starts in a worker that were not ended */
};

#endif
