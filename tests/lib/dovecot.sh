# dovecot.sh - a real Dovecot on loopback, for the tests, in $TEST_TMP/dc.
#
# Sourced by tests/t/*.t. It has its own configuration, certificate and
# mailboxes (Maildirs of one user, csirt@example.org), and is ended by dc_stop.

. "$top_srcdir/tests/lib/server.sh"

DC=$TEST_TMP/dc
DC_MAIL=$DC/mail/csirt@example.org
DC_PASSWORD="correct horse battery"

# dc_missing: why no Dovecot can be started here, or nothing
dc_missing() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "Dovecot wants root"
	elif [ ! -x /usr/sbin/dovecot ] || [ ! -x /usr/lib/dovecot/imap ]; then
		echo "Dovecot is not installed"
	elif ! command -v openssl >/dev/null; then
		echo "openssl is not installed"
	fi
}

# dc_configure: what stands in its file; $DC_EXTRA is added
dc_configure() {
	cat >"$DC/dovecot.conf" <<-EOT
	base_dir = $DC/run
	state_dir = $DC/state
	instance_name = noroshi-test
	log_path = $DC/log
	protocols = imap
	listen = 127.0.0.1
	mail_location = maildir:$DC/mail/%u
	mail_uid = nobody
	mail_gid = nogroup
	first_valid_uid = 1
	first_valid_gid = 1
	mail_fsync = never
	auth_failure_delay = 0
	$(awk '/^### `dovecot.conf`/ { on = 1; next } /^`/ { on = 0 }
	on && sub(/^    /, "")' "$top_srcdir/doc/DOVECOT.md")
	ssl_cert = <$DC/${DC_CERT:-server}.pem
	ssl_key = <$DC/${DC_CERT:-server}.key
	passdb {
	  driver = oauth2
	  mechanisms = xoauth2
	  args = $DC/oauth2.conf
	}
	passdb {
	  driver = passwd-file
	  mechanisms = plain login
	  args = $DC/passwd
	}
	userdb {
	  driver = static
	  args = uid=nobody gid=nogroup home=$DC/mail/%u
	}
	service imap-login {
	  chroot =
	  inet_listener imap {
	    port = $DC_PORT
	  }
	  inet_listener imaps {
	    port = $DC_TLS_PORT
	  }
	}
	service anvil {
	  chroot =
	}
	service stats {
	  chroot =
	}
	namespace inbox {
	  inbox = yes
	  separator = /
	}
	${DC_EXTRA-}
	EOT
}

# dc_new: folders, certificates and passwords; nothing runs yet
dc_new() {
	mkdir -p "$DC/run" "$DC/state" "$DC/mail" "$DC/keys/default/HS256" ||
	    return 1
	chmod 711 "$TEST_TMP" "$DC"
	chmod 755 "$DC/run" "$DC/state"
	server_ca "$DC" ca && server_ca "$DC" other &&
	    server_certificate "$DC" server 127.0.0.1 2 &&
	    server_certificate "$DC" elsewhere 127.0.0.9 2 || return 1
	echo "csirt@example.org:{PLAIN}$DC_PASSWORD::::::" >"$DC/passwd"
	printf 'a key of the test' | base64 >"$DC/keys/default/HS256/default"
	cat >"$DC/oauth2.conf" <<-EOT
	introspection_mode = local
	local_validation_key_dict = fs:posix:prefix=$DC/keys/
	username_attribute = email
	EOT
	chmod -R a+rX "$DC/passwd" "$DC/oauth2.conf" "$DC/keys"
	DC_PORT=$(server_port)
	DC_TLS_PORT=$(server_port)
	dc_box new
	dc_configure
}

# dc_box new: makes the user's INBOX
dc_box() {
	mkdir -p "$DC_MAIL/new" "$DC_MAIL/cur" "$DC_MAIL/tmp"
	chown -R nobody:nogroup "$DC/mail"
}

dc_start() {
	dovecot -c "$DC/dovecot.conf" 2>>"$DC/start.log" || {
		cat "$DC/start.log"
		return 1
	}
	wait_for 10 server_listens 127.0.0.1 "$DC_PORT" &&
	    wait_for 10 server_listens 127.0.0.1 "$DC_TLS_PORT" &&
	    wait_for 10 test -s "$DC/run/master.pid"
	dc_started=$?
	DC_PID=$(cat "$DC/run/master.pid")
	return $dc_started
}

dc_stop() {
	[ -n "${DC_PID-}" ] || return 0
	kill "$DC_PID" 2>/dev/null
	wait_for 10 not kill -0 "$DC_PID"
	DC_PID=
}

# dc_put [mailbox]: a mail of standard input; a mailbox is ".Name" in Maildir++
dc_put() {
	dir=$DC_MAIL/${1-}
	mkdir -p "$dir/new" "$dir/cur" "$dir/tmp"
	name=$(date +%s.M%NP$$.test)
	cat >"$dir/tmp/$name"
	chown -R nobody:nogroup "$dir"
	mv "$dir/tmp/$name" "$dir/new/$name"
}

# dc_mails [mailbox]: how many are in it
dc_mails() {
	find "$DC_MAIL/${1-}/new" "$DC_MAIL/${1-}/cur" -type f 2>/dev/null |
	    wc -l
}

# dc_wait mailbox number: until so many are in it
dc_wait() {
	dc_where=$1 dc_count=$2
	wait_for 10 dc_has
}
dc_has() { [ "$(dc_mails "$dc_where")" -eq "$dc_count" ]; }

dc_url() { openssl base64 -A | tr '+/' '-_' | tr -d =; }

# dc_token seconds: an access token for the user that is good for so long
dc_token() {
	header=$(printf '{"alg":"HS256","typ":"JWT"}' | dc_url)
	now=$(date +%s)
	body=$(printf '{"email":"csirt@example.org","sub":"1","iat":%d,"nbf":%d,"exp":%d}' \
	    $((now - 1000)) $((now - 1000)) $((now + $1)) | dc_url)
	printf '%s.%s.%s\n' "$header" "$body" "$(printf '%s.%s' "$header" \
	    "$body" | openssl dgst -sha256 -hmac 'a key of the test' -binary |
	    dc_url)"
}
