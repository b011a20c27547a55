#include "cases/subject.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <uninorm.h>

#include "base/alloc.h"

#define SUBJECT_MAX 4096 /* bytes that are looked at */

/* After folding. One that begins another stands behind it. */
static const char *const answers[] = {"re", "fwd", "fw", "aw", "antwort",
    "antw", "sv", "vs", "wg", "tr", "vb", "odp", "rv", "res", "enc", "ynt",
    "ilt", "vl", "pd", "rif", "doorst", "σχετ", "πρθ", "답장", "회신", "전달",
    "答复", "答覆", "回复", "回覆", "转发", "轉發", "轉寄", "返信", "転送"};

/* What programs write where the subject itself is inside. */
static const char *const placeholders[] = {"...", "[...]", "encrypted message",
    "encrypted mail", "encrypted email", "encrypted e-mail", "encrypted",
    "pgp encrypted message", "openpgp encrypted message", "secure message",
    "暗号化", "暗号化メール", "暗号化メッセージ", "暗号化されたメッセージ",
    "暗号化されたメール", "no subject", "(no subject)", "(none)", "無題",
    "(無題)", "件名なし", "(件名なし)"};

static const char *
subject_space(const char *s)
{
	return s + strspn(s, " \t");
}

/* Behind "re:", "re[2]:", "aw (3) :" at s, or NULL. */
static const char *
subject_answer(const char *s)
{
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		size_t len = strlen(answers[i]);
		const char *p = s + len;

		if (strncmp(s, answers[i], len) != 0)
			continue;
		p = subject_space(p);
		if (*p == '[' || *p == '(' || *p == '*' || *p == '^') {
			p++;
			p += strspn(p, "0123456789");
			p += *p == ']' || *p == ')';
			p = subject_space(p);
		}
		if (*p == ':')
			return p + 1;
	}
	return NULL;
}

/* Behind "[list]" at s, where something follows it; or NULL. */
static const char *
subject_blob(const char *s)
{
	size_t len = *s == '[' ? strcspn(s + 1, "[]") : 0;

	if (*s != '[' || s[1 + len] != ']')
		return NULL;
	s = subject_space(s + len + 2);
	return *s == '\0' ? NULL : s;
}

/* Behind "tlp:amber" at s, where something follows it; or NULL. */
static const char *
subject_label(const char *s)
{
	if (strncmp(s, "tlp:", 4) != 0)
		return NULL;
	s += strcspn(s, " ");
	s = subject_space(s);
	return *s == '\0' ? NULL : s;
}

/* Takes "(fwd)" and space off the end. */
static void
subject_trail(char *s)
{
	size_t len = strlen(s);

	for (;;) {
		while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
			len--;
		if (len < 5 || memcmp(s + len - 5, "(fwd)", 5) != 0)
			break;
		len -= 5;
	}
	s[len] = '\0';
}

/* "[fwd: something]" is about something. */
static const char *
subject_forwarded(char *s)
{
	size_t len = strlen(s);

	if (len < 6 || strncmp(s, "[fwd:", 5) != 0 || s[len - 1] != ']')
		return NULL;
	s[len - 1] = '\0';
	return subject_space(s + 5);
}

static char *
subject_fold(const char *subject)
{
	size_t len = strnlen(subject, SUBJECT_MAX), n;
	uint8_t *folded;
	char *out;

	while (len < strlen(subject) && len > 0 &&
	       ((unsigned char)subject[len] & 0xc0) == 0x80)
		len--;
	folded = u8_casefold(
	    (const uint8_t *)subject, len, NULL, UNINORM_NFKC, NULL, &n);
	if (folded == NULL)
		return xstrndup(subject, len);
	out = xstrndup((const char *)folded, n);
	free(folded);
	return out;
}

/* Folding and answering programs change the space between words. */
static void
subject_squeeze(char *s)
{
	char *to = s;

	for (const char *p = s; *p != '\0'; p++) {
		bool space = *p == ' ' || *p == '\t';

		if (!space)
			*to++ = *p;
		else if (to == s || to[-1] != ' ')
			*to++ = ' ';
	}
	*to = '\0';
}

char *
subject_base(const char *subject)
{
	char *folded = subject == NULL ? NULL : subject_fold(subject);
	const char *s = folded, *next = folded;
	char *out = NULL;

	if (folded == NULL)
		return NULL;
	subject_squeeze(folded);
	while (next != NULL) {
		s = subject_space(next);
		subject_trail(folded + (s - folded));
		next = subject_answer(s);
		if (next == NULL)
			next = subject_forwarded(folded + (s - folded));
		if (next == NULL)
			next = subject_blob(s);
		if (next == NULL)
			next = subject_label(s);
	}
	if (*s != '\0')
		out = xstrdup(s);
	for (size_t i = 0;
	     out != NULL && i < sizeof(placeholders) / sizeof(placeholders[0]);
	     i++)
		if (strcmp(out, placeholders[i]) == 0) {
			free(out);
			out = NULL;
		}
	free(folded);
	return out;
}

bool
subject_may_be_same(const char *a, const char *b)
{
	char *x = subject_base(a), *y = subject_base(b);
	bool may = x == NULL || y == NULL || strcmp(x, y) == 0;

	free(x);
	free(y);
	return may;
}

bool
subject_is_marked(const char *a, const char *b)
{
	char *x = subject_base(a), *y = subject_base(b);
	size_t n = x == NULL ? 0 : strlen(x), k = y == NULL ? 0 : strlen(y);
	const char *longer = n > k ? x : y;
	size_t less = n > k ? k : n, more = n > k ? n : k;
	bool marked = less > 0 && more > less + 1 &&
		      longer[more - less - 1] == ' ' &&
		      strchr(":])*", longer[more - less - 2]) != NULL &&
		      strcmp(longer + more - less, n > k ? y : x) == 0;

	free(x);
	free(y);
	return marked;
}
