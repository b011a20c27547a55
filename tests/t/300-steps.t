#!/bin/sh
# Death at every durable step of each role: the end is always the same.
. "$top_srcdir/tests/lib/gateway.sh"
. "$top_srcdir/tests/lib/day.sh"
. "$top_srcdir/tests/lib/dying.sh"
. "$top_srcdir/tests/lib/steps.sh"

steps_begin
steps_usual
for role in intake queue worker deliver; do
	steps_all "$role" 1 1 "$role may die at any of its %d durable steps"
done
tap_end
