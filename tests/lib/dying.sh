# dying.sh - a gateway of which one role dies, or is refused something by the
# system, at its n-th durable step (tests/crash/shim.c), and is started again.
#
# Sourced by tests/t after gateway.sh.

dying_shim=$builddir/.libs/crashshim.so

# dying_begin: the programs that may die; every run may begin with $G as it is
dying_begin() {
	gateway_libexec intake queue worker parser deliver gpg
	# the shim removes a file that no confined role may touch
	echo 'sandbox = "off";' >>"$NOROSHI_CONF"
	cp -a "$G" "$TEST_TMP/fresh"
}

# dying_fresh: the gateway as it was
dying_fresh() {
	rm -rf "$G"
	cp -a "$TEST_TMP/fresh" "$G"
}

# dying_arm ROLE N [VARIABLE=VALUE...]: ROLE's N-th step is its last, once
dying_arm() {
	dying_role=$1
	shift
	rm -f "$TEST_TMP/libexec/noroshi-$dying_role"
	cat >"$TEST_TMP/libexec/noroshi-$dying_role" <<-END
	#!/bin/sh
	exec env LD_PRELOAD=$dying_shim CRASH_ONCE=$TEST_TMP/armed \
	    CRASH_AT=$* $NOROSHI_LIBEXEC/noroshi-$dying_role
	END
	chmod +x "$TEST_TMP/libexec/noroshi-$dying_role"
	: >"$TEST_TMP/armed"
}

# dying_disarm: the role is itself again
dying_disarm() {
	ln -sf "$NOROSHI_LIBEXEC/noroshi-$dying_role" "$TEST_TMP/libexec/"
}

# dying_once ROLE N [VARIABLE=VALUE...]: like once, with ROLE's N-th step
dying_once() {
	dying_arm "$@"
	NOROSHI_LIBEXEC=$TEST_TMP/libexec timeout 300 noroshid \
	    -c "$NOROSHI_CONF" --once >"$TEST_TMP/run.log" 2>&1
	dying_disarm
}

# dying_each FIRST STRIDE COMMAND...: COMMAND for dying_n = FIRST and on, until
# there was no such step any more. It says what is wrong, or nothing;
# dying_wrong has all that, and dying_steps the number of the last step.
dying_each() {
	dying_n=$1 dying_stride=$2 dying_wrong=
	shift 2
	while :; do
		"$@" >"$TEST_TMP/dying.said"
		# it died once, not each time
		! grep -q "gave up" "$TEST_TMP/run.log" ||
		    echo "gave up" >>"$TEST_TMP/dying.said"
		[ ! -s "$TEST_TMP/dying.said" ] ||
		    dying_wrong="$dying_wrong $dying_n:$(
			paste -sd' ' "$TEST_TMP/dying.said")"
		[ -e "$TEST_TMP/armed" ] && break
		dying_n=$((dying_n + dying_stride))
		[ $dying_n -le 400 ] || break
	done
	dying_steps=$((dying_n - 1))
}
