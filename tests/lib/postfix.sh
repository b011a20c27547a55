# postfix.sh - a real Postfix on loopback, for the tests, in $TEST_TMP/mx.
#
# Sourced by tests/t/*.t. It has its own configuration, queue, certificate and
# mailboxes, asks for STARTTLS, and is ended by mx_stop.

. "$top_srcdir/tests/lib/server.sh"

MX=$TEST_TMP/mx

# mx_missing: why no Postfix can be started here, or nothing
mx_missing() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "Postfix wants root"
	elif [ ! -x /usr/sbin/postfix ] || [ ! -x /usr/sbin/postconf ]; then
		echo "Postfix is not installed"
	elif ! command -v openssl >/dev/null; then
		echo "openssl is not installed"
	fi
}

# mx_configure mailbox-owner-uid
mx_configure() {
	mkdir -p "$MX/etc" "$MX/data" "$MX/mail"
	chown postfix "$MX/data"
	chown "$1" "$MX/mail"
	cat >"$MX/etc/main.cf" <<-EOT
	compatibility_level = 3.6
	queue_directory = $MX/queue
	data_directory = $MX/data
	maillog_file_prefixes = $MX
	maillog_file = $MX/mail.log
	inet_interfaces = 127.0.0.1
	inet_protocols = ipv4
	mynetworks = 127.0.0.0/8
	myhostname = localhost
	mydestination =
	local_recipient_maps =
	alias_maps =
	alias_database =
	virtual_mailbox_domains = example.org
	virtual_mailbox_base = $MX/mail
	virtual_mailbox_maps = texthash:$MX/etc/mailboxes
	virtual_minimum_uid = 1
	virtual_uid_maps = static:$1
	virtual_gid_maps = static:$1
	smtpd_tls_security_level = encrypt
	smtpd_tls_cert_file = $MX/server.pem
	smtpd_tls_key_file = $MX/server.key
	smtpd_tls_received_header = yes
	smtpd_relay_restrictions = reject_unauth_destination
	smtpd_recipient_restrictions = check_recipient_access
	 texthash:$MX/etc/access
	message_size_limit = 0
	mailbox_size_limit = 0
	virtual_mailbox_limit = 0
	smtputf8_enable = no
	EOT
	cat >"$MX/etc/master.cf" <<-EOT
	127.0.0.1:$MX_PORT inet n - n - - smtpd
	127.0.0.2:$MX_PORT inet n - n - - smtpd
	127.0.0.1:$MXS_PORT inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
	pickup unix n - n 60 1 pickup
	cleanup unix n - n - 0 cleanup
	qmgr unix n - n 300 1 qmgr
	tlsmgr unix - - n 1000? 1 tlsmgr
	rewrite unix - - n - - trivial-rewrite
	bounce unix - - n - 0 bounce
	defer unix - - n - 0 bounce
	trace unix - - n - 0 bounce
	verify unix - - n - 1 verify
	error unix - - n - - error
	retry unix - - n - - error
	showq unix n - n - - showq
	discard unix - - n - - discard
	virtual unix - n n - - virtual
	anvil unix - - n - 1 anvil
	scache unix - - n - 1 scache
	postlog unix-dgram n - n - 1 postlogd
	EOT
	: >"$MX/etc/mailboxes"
	: >"$MX/etc/access"
	mkdir -p "$MX/queue"
}

# mx_mailbox local-part...: a Maildir for each, at example.org
mx_mailbox() {
	for who; do
		echo "$who@example.org $who/" >>"$MX/etc/mailboxes"
	done
}

# mx_refuse address text: what Postfix says to mail for it
mx_refuse() { echo "$1 $2" >>"$MX/etc/access"; }

# mx_new: all but its start
mx_new() {
	# Postfix's own processes go through the folders above.
	chmod 711 "$TEST_TMP"
	mkdir -p "$MX" && chmod 711 "$MX" || return 1
	MX_PORT=$(server_port)
	MXS_PORT=$(server_port)
	server_ca "$MX" ca && server_ca "$MX" other &&
	    server_certificate "$MX" server 127.0.0.1 2 &&
	    mx_configure 65534
}

# Ends with this shell, even where that is killed.
mx_start() {
	# It makes the queue's folders as well.
	postfix -c "$MX/etc" check >>"$MX/postfix.out" 2>&1 || return 1
	"$(postconf -c "$MX/etc" -h daemon_directory)/master" \
	    -s -c "$MX/etc" >>"$MX/postfix.out" 2>&1 &
	MX_PID=$!
	sh -c 'while kill -0 "$0"; do sleep 1; done; kill "$1"' \
	    $$ "$MX_PID" >/dev/null 2>&1 &
	MX_WATCH=$!
	wait_for 10 mx_listens
}

# mx_listens: at each address of its master.cf
mx_listens() {
	sed -n 's/^\(127[0-9.]*\):\([0-9]*\) inet .*/\1 \2/p' "$MX/etc/master.cf" |
	    while read -r mx_host mx_port; do
		server_listens "$mx_host" "$mx_port" || exit 1
	    done
}

mx_stop() {
	[ -n "${MX_PID-}" ] || return 0
	kill "$MX_WATCH" "$MX_PID" 2>/dev/null
	wait "$MX_WATCH" "$MX_PID" 2>/dev/null
	MX_PID=
}

# mx_mails local-part: the files in that person's Maildir
mx_mails() { ls -d "$MX/mail/$1/new/"* 2>/dev/null; }

# mx_wait local-part count: until that many mails are there
mx_wait() {
	mx_who=$1 mx_count=$2
	wait_for 10 mx_has
}
mx_has() { [ "$(mx_mails "$mx_who" | wc -l)" -ge "$mx_count" ]; }
