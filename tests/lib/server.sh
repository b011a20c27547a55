# server.sh - what each real server of the tests wants: certificates and ports.
#
# Sourced by postfix.sh, dovecot.sh and tests/t/*.t. $1 is the server's folder.

# server_ca folder name: a throw-away CA in folder/name.pem
server_ca() {
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj "/CN=Test $2" -days 2 -keyout "$1/$2.key" \
	    -out "$1/$2.pem" 2>>"$1/openssl.log"
}

# server_certificate folder name IP days: one of the CA "ca", in folder/name.pem
server_certificate() {
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj "/CN=localhost" -keyout "$1/$2.key" -out "$1/$2.csr" \
	    2>>"$1/openssl.log" &&
	    echo "subjectAltName = IP:$3" >"$1/$2.ext" &&
	    openssl x509 -req -in "$1/$2.csr" -CA "$1/ca.pem" \
		-CAkey "$1/ca.key" -CAcreateserial -days "$4" \
		-extfile "$1/$2.ext" -out "$1/$2.pem" 2>>"$1/openssl.log"
}

# server_port: a port that nobody listens at, and that no client is given by the
# kernel, which takes those from 32768 on; another one each time
server_port() {
	port=$((10000 + $(od -An -N2 -tu2 /dev/urandom) % 22000))
	while grep -qi ":$(printf %04X $port) " /proc/net/tcp /proc/net/tcp6 \
	    2>/dev/null || grep -qx $port "$TEST_TMP/ports" 2>/dev/null; do
		port=$((port + 1))
	done
	echo $port | tee -a "$TEST_TMP/ports"
}

# server_listens IPv4 PORT: somebody does there
server_listens() {
	# as the kernel shows it: the address backwards, all in hexadecimal
	grep -q ": $(echo "$1" | {
		IFS=. read -r a b c d
		printf '%02X%02X%02X%02X' "$d" "$c" "$b" "$a"
	}):$(printf %04X "$2") 00000000:0000 0A " /proc/net/tcp
}
