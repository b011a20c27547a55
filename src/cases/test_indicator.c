#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "cases/defanged.h"
#include "cases/indicator.h"

/* Finds in an exact-size heap block, so that one byte too many is seen. */
static void
find(struct indicators *l, const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + (len == 0));

	assert_non_null(copy);
	memcpy(copy, text, len);
	indicators_find(l, copy, len);
	free(copy);
}

/* expected: "type value" of each, in order, with "; " between them. */
static void
check(const char *text, const char *expected)
{
	struct indicators l = {0};
	struct strs found = {0};
	char *all;

	find(&l, text);
	for (size_t i = 0; i < l.count; i++) {
		char *one = xasprintf("%s %s", l.item[i].type, l.item[i].value);

		strs_add(&found, one);
		free(one);
	}
	all = strs_join(&found, "; ");
	if (strcmp(all, expected) != 0)
		fail_msg("\"%s\":\n  %s\nnot\n  %s", text, all, expected);
	free(all);
	strs_free(&found);
	indicators_free(&l);
}

static void
network_addresses_are_found(void **state)
{
	(void)state;
	check("from 192.0.2.1.", "ipv4 192.0.2.1");
	check("10.0.0.1:8080, (172.16.0.9)", "ipv4 10.0.0.1; ipv4 172.16.0.9");
	check("192.0.2.1-192.0.2.9", "ipv4 192.0.2.1; ipv4 192.0.2.9");
	check("192[.]0[.]2[.]1", "ipv4 192.0.2.1");
	check("１９２．０．２．１から", "ipv4 192.0.2.1");
	check("2001:DB8::1", "ipv6 2001:db8::1");
	check("[2001:db8::1]:443 and 2001:db8:0:0:0:0:0:2",
	    "ipv6 2001:db8::1; ipv6 2001:db8::2");
	check("2001[:]db8[:]:1 fe80::1%eth0", "ipv6 2001:db8::1; ipv6 fe80::1");
	check("[IPv6:2001:db8::25]", "ipv6 2001:db8::25");
}

static void
versions_times_and_names_are_no_addresses(void **state)
{
	(void)state;
	check("version 1.2.3 and 300.1.1.1 and 1.2.3.4.5", "");
	check("v1.2.3.4 or 1.2.3.4-beta or 1.2.3.4x", "");
	check(
	    "version 10.2.0.1, Ver. 4.3.2.1, v 9.8.7.6; firmware: 2.1.0.3", "");
	check("Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36 Edg/120.0.6.9", "");
	check("バージョン 2.3.0.1 と 192.0.2.1 へ", "ipv4 192.0.2.1");
	check("section 3.1.4.1 of 1.3.6.1.4.1", "");
	check("127.0.0.1 0.0.0.0 255.255.255.255 ::1 ::", "");
	check("2026-11-23 23.11.2026 2026.11.23 00:38", "");
	check("at 12:34:56 on std::vector, 00:11:22:33:44:55", "");
}

static void
domains_are_found_where_the_suffix_is_public(void **state)
{
	(void)state;
	check("see evil.example.com.", "domain evil.example.com");
	check("WWW.Example.CO.JP", "domain www.example.co.jp");
	check("evil[.]com evil(.)net evil【.】org evil[dot]jp evil (dot) info",
	    "domain evil.com; domain evil.net; domain evil.org; "
	    "domain evil.jp; domain evil.info");
	check("不審なドメインｅｖｉｌ．ｃｏｍです", "domain evil.com");
	check("xn--wgv71a119e.jp", "domain xn--wgv71a119e.jp");
	check("co.jp com .com example. a..com a-.com", "");
}

static void
names_beyond_ascii_are_read_as_a_labels(void **state)
{
	(void)state;
	/* the first letter is Cyrillic: it is not pple.com that is meant */
	check("see аpple.com and www.bücher[.]de",
	    "domain xn--pple-43d.com; domain www.xn--bcher-kva.de");
	check("http://аpple.com/login",
	    "domain xn--pple-43d.com; url http://xn--pple-43d.com/login");
	check("http://日本語.jp/ joe@日本語.jp",
	    "domain xn--wgv71a119e.jp; url http://xn--wgv71a119e.jp/; "
	    "email joe@xn--wgv71a119e.jp");
	check("почта.рф 食狮.中国", "domain xn--80a1acny.xn--p1ai; "
				    "domain xn--85x722f.xn--fiqs8s");
	/* a name in running Japanese begins where ASCII does */
	check("不審なevil.comです。サイトevil.netを見て",
	    "domain evil.com; domain evil.net");
	check("http://evil.comを見て", "domain evil.com; url http://evil.com");
	check("Über. Größe (siehe unten). Das ist schön.", "");
}

static void
names_of_examples_and_hidden_services_are_names_too(void **state)
{
	(void)state;
	check("evil[.]example 偽サイトevil【.】testです",
	    "domain evil.example; domain evil.test");
	check("hxxp://evil.example/x, joe@evil.example",
	    "domain evil.example; url http://evil.example/x; "
	    "email joe@evil.example");
	check("evil.onion", "domain evil.onion");
	/* of files and programs that is a usual ending */
	check("noroshi.conf.example, unit.test, example", "");
}

static void
networks_have_their_prefix(void **state)
{
	(void)state;
	check("192.0.2.0/24, 198.51.100.77/25.",
	    "cidr 192.0.2.0/24; cidr 198.51.100.0/25");
	check("192[.]0[.]2[.]0/24", "cidr 192.0.2.0/24");
	check("2001:db8:0:0::/32 and 2001:db8::1/128",
	    "cidr 2001:db8::/32; ipv6 2001:db8::1");
	check("::1d/62", "");
	check("d::1/62", "cidr d::/62");
	check("d::/62", "cidr d::/62");
	check("192.0.2.1/32 192.0.2.2/33 192.0.2.3/5",
	    "ipv4 192.0.2.1; ipv4 192.0.2.2; ipv4 192.0.2.3");
	check(
	    "192.0.2.1/24/x 192.0.2.2/24.5", "ipv4 192.0.2.1; ipv4 192.0.2.2");
	check("http://192.0.2.1/24", "ipv4 192.0.2.1; url http://192.0.2.1/24");
}

static void
numbers_of_networks_are_found(void **state)
{
	(void)state;
	check("origin: AS64496", "asn AS64496");
	check("ASN 64497, ASN: 64498 (asn=64499)",
	    "asn AS64497; asn AS64498; asn AS64499");
	check("AS 64500 ＡＳ６４５０１ as64502",
	    "asn AS64500; asn AS64501; asn AS64502");
	check("AS番号: 64500、AS番号：2497", "asn AS64500; asn AS2497");
	check("AS4294967295 AS4294967296", "asn AS4294967295");
	check("AS2 AS4 AS400 AS 2026 as 64496 BAS64496 AS64496x AS064496", "");
}

static void
words_of_programs_are_no_domains(void **state)
{
	(void)state;
	check("ASP.NET System.IO Socket.IO VB.NET config.in configure.ac", "");
	check("Makefile.am id_rsa.pub 3.in 1.0.so", "");
	check("user.getName() foo.c main.cpp a.o", "");
	check("163.com 360.cn www.example.pl",
	    "domain 163.com; domain 360.cn; domain www.example.pl");
}

static void
other_ways_to_defang_are_read(void **state)
{
	(void)state;
	check("evil[.com evil.]net evil\\.org evil(.jp",
	    "domain evil.com; domain evil.net; domain evil.org; "
	    "domain evil.jp");
	check("evil〔.〕com evil「.」net evil［．］org evil{dot}jp",
	    "domain evil.com; domain evil.net; domain evil.org; "
	    "domain evil.jp");
	check("evil。com evil｡net evil[ドット]org evil【。】info",
	    "domain evil.com; domain evil.net; domain evil.org; "
	    "domain evil.info");
	check("www dot evil dot com or evil DOT jp",
	    "domain www.evil.com; domain evil.jp");
	check("joe AT evil DOT com, joe [アット] evil.net, joe＠evil．org",
	    "email joe@evil.com; email joe@evil.net; email joe@evil.org");
	check("a site at evil dot com", "domain evil.com");
	check("the dot com bubble, a dot in the, polka dot dress, connect the "
	      "dot jp",
	    "");
	check("h**p://evil.com h__ps://evil.net hxxp[s]://evil.org",
	    "domain evil.com; url http://evil.com; domain evil.net; "
	    "url https://evil.net; domain evil.org; url https://evil.org");
	check("ttp://evil.com ttps://evil.net htxp://evil.org",
	    "domain evil.com; url http://evil.com; domain evil.net; "
	    "url https://evil.net; domain evil.org; url http://evil.org");
	check("ｈｔｔｐｓ：／／ｅｖｉｌ．ｃｏｍ／ａ hxxp[:]//evil.net",
	    "domain evil.com; url https://evil.com/a; domain evil.net; "
	    "url http://evil.net");
}

static void
names_in_other_letters_are_found_as_dns_has_them(void **state)
{
	(void)state;
	check("see münchen.de.", "domain xn--mnchen-3ya.de");
	check("hxxp://www[.]MÜNCHEN[.]de/a",
	    "domain www.xn--mnchen-3ya.de; url "
	    "http://www.xn--mnchen-3ya.de/a");
	check("пример(.)рф", "domain xn--e1afmkfd.xn--p1ai");
	check("joe@münchen.de", "email joe@xn--mnchen-3ya.de");
	check("「日本語.jp」", "domain xn--wgv71a119e.jp");
	check("日本語【.】jp", "domain xn--wgv71a119e.jp");
	check("http://日本語.jp/パス",
	    "domain xn--wgv71a119e.jp; url http://xn--wgv71a119e.jp/");
	check("http://例のabc.jp/", "domain xn--abc-kc4by60n.jp; url "
				    "http://xn--abc-kc4by60n.jp/");
	/* a sentence around a name is none of it */
	check("接続先はexample.comです", "domain example.com");
	check("サイトは日本語.jp", "");
	check("evil.example.com.詳細は", "domain evil.example.com");
	check("für alle.Über uns, Straße", "");
	check("見積.xlsx", "file 見積.xlsx");
	check("http://a.com/drop/日本語.jp", "domain a.com; url "
					     "http://a.com/drop/");
}

static void
names_of_files_are_found(void **state)
{
	(void)state;
	check("opened invoice_2026.pdf.exe.", "file invoice_2026.pdf.exe");
	check("C:\\Users\\x\\evil.dll and /tmp/.x/miner.elf",
	    "file evil.dll; file miner.elf");
	check("添付の請求書.exeを開く", "file 請求書.exe");
	check("「お知らせ 1.docx」「見積もり.xlsm」",
	    "file 1.docx; file 見積もり.xlsm");
	check("http://evil.com/a.exe hxxp[:]//evil[.]com/b.zip",
	    "domain evil.com; url http://evil.com/a.exe; "
	    "url http://evil.com/b.zip");
	check("archive.tar.zip", "file archive.tar.zip");
	check("Node.js notes.txt a.exe.config x.exe@y .exe x.exeg", "");
}

static void
endings_of_files_are_no_domains(void **state)
{
	(void)state;
	check("report.pdf invoice.zip README.md run.sh main.rs a.exe",
	    "file report.pdf; file invoice.zip; file run.sh; file a.exe");
	check("the end.The next, done.In", "");
	check("run[.]sh", "domain run.sh");
	check("http://run.sh/x", "domain run.sh; url http://run.sh/x");
}

static void
urls_are_found_in_their_plain_spelling(void **state)
{
	(void)state;
	check("hxxp://Evil[.]com/Path?q=1.",
	    "domain evil.com; url http://evil.com/Path?q=1");
	check("hXXps[:]//evil[.]com", "domain evil.com; url https://evil.com");
	check("hxxps[://]evil.com/a,b", "domain evil.com; "
					"url https://evil.com/a,b");
	check("<http://192.0.2.1:8080/x>",
	    "ipv4 192.0.2.1; url http://192.0.2.1:8080/x");
	check("http://[2001:db8::1]/", "ipv6 2001:db8::1; "
				       "url http://[2001:db8::1]/");
	check("(http://a.com/b_(c)) [http://d.com/]",
	    "domain a.com; url http://a.com/b_(c); domain d.com; "
	    "url http://d.com/");
	check("http://a.com,http://b.com",
	    "domain a.com; url http://a.com; domain b.com; "
	    "url http://b.com");
	check("get('http://a.com/x.ps1');y", "domain a.com; "
					     "url http://a.com/x.ps1");
	check("http://User@Evil.com/", "domain evil.com; "
				       "url http://User@evil.com/");
	check("http://evil.com/偽", "domain evil.com; url http://evil.com/");
	check("foo://evil.com http:// http://localhost/", "domain evil.com");
	/* Not what is in a bracket, but no address: it was broken UTF-8. */
	check("http://[あ@a.com:b]/", "domain a.com");
}

static void
mail_addresses_are_found(void **state)
{
	(void)state;
	check("Mail <Joe.Doe+x@Example.com>!", "email Joe.Doe+x@example.com");
	check("joe[@]evil[.]com joe(at)evil.net joe [at] evil [dot] org",
	    "email joe@evil.com; email joe@evil.net; email joe@evil.org");
	check("mailto:joe@evil.com?subject=x", "email joe@evil.com");
	check("@evil.com joe@ a@b joe@localhost", "domain evil.com");
}

static void
hashes_are_found_by_their_length(void **state)
{
	(void)state;
	check("D41D8CD98F00B204E9800998ECF8427E",
	    "md5 d41d8cd98f00b204e9800998ecf8427e");
	check("sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
	    "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709");
	check("e3b0c44298fc1c149afbf4c8996fb924"
	      "27ae41e4649b934ca495991b7852b855",
	    "sha256 e3b0c44298fc1c149afbf4c8996fb924"
	    "27ae41e4649b934ca495991b7852b855");
	check("d41d8cd98f00b204e9800998ecf8427 "
	      "12345678901234567890123456789012 "
	      "d41d8cd98f00b204e9800998ecf8427eg",
	    "");
	check("commit da39a3ee5e6b4b0d3255bfef95601890afd80709, fingerprint: "
	      "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
	    "");
	check(
	    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
	    "sha512 "
	    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	    "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
}

static void
numbers_of_vulnerabilities_are_found(void **state)
{
	(void)state;
	check("cve-2024-3094,CVE-2021-44228_poc",
	    "cve CVE-2024-3094; cve CVE-2021-44228");
	check("ＣＶＥ－２０２４－１２３４５の件", "cve CVE-2024-12345");
	check("CVE\xe2\x80\x90"
	      "2024\xe2\x80\x90"
	      "1234",
	    "cve CVE-2024-1234");
	check("JVN#12345678 JVNVU#87654321 JVNTA#11111111 JVNDB-2024-000001",
	    "jvn JVN#12345678; jvn JVNVU#87654321; jvn JVNTA#11111111; "
	    "jvn JVNDB-2024-000001");
	check("VU#123456 vu#999", "cert-vu VU#123456; cert-vu VU#999");
	check("ghsa-JFH8-c2jp-5v3q", "ghsa GHSA-jfh8-c2jp-5v3q");
	check("CVE-2024-123 CVE-24-1234 JVN#1234567 VU#12 XCVE-2024-1234", "");
}

static void
numbers_of_other_registries_are_found(void **state)
{
	(void)state;
	check("EUVD-2025-12345 IPA#12345678 cwe-79 CAPEC-66",
	    "euvd EUVD-2025-12345; ipa IPA#12345678; cwe CWE-79; "
	    "capec CAPEC-66");
	check("T1566.001, T1059 and T0855",
	    "attack T1566.001; attack T1059; attack T0855");
	check("RHSA-2024:1234 ICSA-24-123-01 MS17-010 DSA-5532-1 ZDI-24-123",
	    "advisory RHSA-2024:1234; advisory ICSA-24-123-01; "
	    "advisory MS17-010; advisory DSA-5532-1; advisory ZDI-24-123");
	check("T3000 T2024 t1059 T10590 DSA-1024 CWE-x SCWE-79", "");
}

static bool
has(const struct indicators *l, const char *value)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->item[i].value, value) == 0)
			return true;
	return false;
}

/* What a person was shown names the same thing when it comes back. */
static void
what_is_shown_defanged_reads_back(void **state)
{
	static const struct {
		const char *type;
		const char *value;
		const char *shown;
	} table[] = {
	    {"ipv4", "192.0.2.1", "192[.]0[.]2[.]1"},
	    {"ipv6", "2001:db8::1", "2001[:]db8::1"},
	    {"cidr", "192.0.2.0/24", "192[.]0[.]2[.]0/24"},
	    {"domain", "evil.co.jp", "evil[.]co[.]jp"},
	    {"url", "https://evil.com:8/a.b", "hxxps://evil[.]com:8/a.b"},
	    {"email", "a.b@evil.com", "a[.]b[@]evil[.]com"},
	    {"file", "a.exe", "a.exe"},
	    {"cve", "CVE-2024-3094", "CVE-2024-3094"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char *shown = indicator_defanged(table[i].type, table[i].value);
		struct indicators l = {0};

		assert_string_equal(shown, table[i].shown);
		find(&l, shown);
		assert_true(has(&l, table[i].value));
		indicators_free(&l);
		free(shown);
	}
}

static void
each_indicator_is_listed_once(void **state)
{
	struct indicators l = {0};

	(void)state;
	find(&l, "192.0.2.1 evil.com 192.0.2.1");
	find(&l, "evil[.]com 192.0.2.2");
	assert_int_equal(l.count, 3);
	assert_string_equal(l.item[2].value, "192.0.2.2");
	assert_false(l.over);
	indicators_free(&l);
}

static void
more_than_the_limit_is_noted_and_left_out(void **state)
{
	struct indicators l = {0};
	char text[32];

	(void)state;
	for (int i = 0; i < INDICATOR_MAX; i++) {
		snprintf(text, sizeof(text), "10.1.%d.%d", i / 250, i % 250);
		find(&l, text);
	}
	assert_int_equal(l.count, INDICATOR_MAX);
	find(&l, "10.1.0.0");
	assert_false(l.over);
	find(&l, "10.2.0.0");
	assert_true(l.over);
	assert_int_equal(l.count, INDICATOR_MAX);
	indicators_free(&l);
}

static void
long_and_broken_text_is_read_to_its_end(void **state)
{
	static const char *const pieces[] = {"http://", "a@", "[.", "1.1.",
	    "::", "(", ",;", "x.", "\xe3\x80", "[2001:", "CVE-", "-.-", " dot ",
	    "AS 1", ".exe", "あ.exe", "a.exe/", "バージョン。", "h**"};
	size_t size = 300000;
	char *text = xmalloc(size + 32);

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		struct indicators l = {0};
		size_t len = 0;

		while (len < size) {
			memcpy(text + len, pieces[i], strlen(pieces[i]));
			len += strlen(pieces[i]);
		}
		memcpy(text + len, " 192.0.2.1", 11);
		find(&l, text);
		assert_true(l.count > 0);
		assert_true(has(&l, "192.0.2.1"));
		indicators_free(&l);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(network_addresses_are_found),
	    cmocka_unit_test(versions_times_and_names_are_no_addresses),
	    cmocka_unit_test(domains_are_found_where_the_suffix_is_public),
	    cmocka_unit_test(networks_have_their_prefix),
	    cmocka_unit_test(numbers_of_networks_are_found),
	    cmocka_unit_test(words_of_programs_are_no_domains),
	    cmocka_unit_test(other_ways_to_defang_are_read),
	    cmocka_unit_test(names_beyond_ascii_are_read_as_a_labels),
	    cmocka_unit_test(
		names_of_examples_and_hidden_services_are_names_too),
	    cmocka_unit_test(names_in_other_letters_are_found_as_dns_has_them),
	    cmocka_unit_test(names_of_files_are_found),
	    cmocka_unit_test(endings_of_files_are_no_domains),
	    cmocka_unit_test(urls_are_found_in_their_plain_spelling),
	    cmocka_unit_test(mail_addresses_are_found),
	    cmocka_unit_test(hashes_are_found_by_their_length),
	    cmocka_unit_test(numbers_of_vulnerabilities_are_found),
	    cmocka_unit_test(numbers_of_other_registries_are_found),
	    cmocka_unit_test(what_is_shown_defanged_reads_back),
	    cmocka_unit_test(each_indicator_is_listed_once),
	    cmocka_unit_test(more_than_the_limit_is_noted_and_left_out),
	    cmocka_unit_test(long_and_broken_text_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
