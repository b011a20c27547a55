/*
 * seek.c - finds words in mails, whatever they are wrapped in.
 *
 *	seek WORDS FILE...
 *
 * WORDS holds one word a line. For each that stands in a file a line
 * "FILE<tab>WORD" is printed, and "FILE<tab>=LABEL" for the first line that is
 * a TLP label and nothing else. Letters are compared without case.
 *
 * It is made to share nothing with the gateway: it knows no MIME. Each file is
 * read as it is, and again with each encoding undone that a mail could have
 * used - quoted-printable, base64, encoded words, percent signs, wrapped
 * lines - and what comes out of that again, a few times over.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 4 /* encodings inside each other */
#define VIEWS_MAX 4096 /* for one file */
#define RUN_MIN 12 /* characters of base64 that are worth a look */
#define WORD_MIN 4 /* bytes of a word: three of them are its bucket */
#define BUCKETS (1u << 16)

struct view {
	unsigned char *data;
	size_t len;
	int depth;
};

struct seek {
	char **word;
	size_t *next; /* in its bucket; 0: none, as word[0] is not used */
	size_t *seen; /* the number of the file it was found in last */
	size_t words;
	size_t bucket[BUCKETS];
	struct view view[VIEWS_MAX];
	size_t views;
	bool labelled;
};

static void *
need(void *p)
{
	if (p == NULL) {
		fputs("seek: no memory\n", stderr);
		exit(70);
	}
	return p;
}

static size_t
bucket_of(const unsigned char *p)
{
	size_t a = (size_t)tolower(p[0]), b = (size_t)tolower(p[1]);

	return (a * 31 * 31 + b * 31 + (size_t)tolower(p[2])) & (BUCKETS - 1);
}

static void
words_read(struct seek *s, const char *name)
{
	FILE *f = fopen(name, "r");
	char line[512];

	if (f == NULL) {
		perror(name);
		exit(66);
	}
	s->words = 1;
	while (fgets(line, sizeof(line), f) != NULL) {
		size_t n = s->words, at;

		line[strcspn(line, "\n")] = '\0';
		if (strlen(line) < WORD_MIN)
			continue;
		s->words++;
		s->word = need(realloc(s->word, s->words * sizeof(*s->word)));
		s->next = need(realloc(s->next, s->words * sizeof(*s->next)));
		s->seen = need(realloc(s->seen, s->words * sizeof(*s->seen)));
		s->word[n] = need(strdup(line));
		s->seen[n] = 0;
		at = bucket_of((const unsigned char *)line);
		s->next[n] = s->bucket[at];
		s->bucket[at] = n;
	}
	fclose(f);
}

static bool
same(const unsigned char *p, const char *word, size_t left)
{
	size_t len = strlen(word);

	if (len > left)
		return false;
	for (size_t i = 0; i < len; i++)
		if (tolower(p[i]) != tolower((unsigned char)word[i]))
			return false;
	return true;
}

static void
label_look(struct seek *s, const char *file, const unsigned char *p, size_t len)
{
	static const char *const label[] = {"TLP:RED", "TLP:AMBER+STRICT",
	    "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR"};

	for (size_t i = 0; !s->labelled && i < 5; i++) {
		size_t n = strlen(label[i]);

		if (len < n || memcmp(p, label[i], n) != 0 ||
		    (len > n && p[n] != '\r' && p[n] != '\n'))
			continue;
		printf("%s\t=%s\n", file, label[i] + 4);
		s->labelled = true;
	}
}

static void
view_look(struct seek *s, const struct view *v, const char *file, size_t number)
{
	for (size_t i = 0; i + 3 <= v->len; i++) {
		const unsigned char *p = v->data + i;

		if (p[0] == 'T' && (i == 0 || p[-1] == '\n'))
			label_look(s, file, p, v->len - i);
		for (size_t w = s->bucket[bucket_of(p)]; w != 0;
		     w = s->next[w]) {
			if (s->seen[w] == number ||
			    !same(p, s->word[w], v->len - i))
				continue;
			s->seen[w] = number;
			printf("%s\t%s\n", file, s->word[w]);
		}
	}
}

/* Takes data; what is no longer than a word, or nothing new, is dropped. */
static void
view_add(
    struct seek *s, const struct view *from, unsigned char *data, size_t len)
{
	if (len < WORD_MIN || s->views == VIEWS_MAX ||
	    (len == from->len && memcmp(data, from->data, len) == 0)) {
		free(data);
		return;
	}
	s->view[s->views].data = data;
	s->view[s->views].len = len;
	s->view[s->views++].depth = from->depth + 1;
}

static int
hex(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = tolower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes "=3D" or "%3D", and with '=' the soft ends of lines. */
static void
add_escaped(struct seek *s, const struct view *v, int sign)
{
	unsigned char *out = need(malloc(v->len + 1));
	size_t n = 0;

	for (size_t i = 0; i < v->len; i++) {
		const unsigned char *p = v->data + i;
		size_t left = v->len - i;

		if (*p == sign && left > 2 && hex(p[1]) >= 0 &&
		    hex(p[2]) >= 0) {
			out[n++] = (unsigned char)(hex(p[1]) * 16 + hex(p[2]));
			i += 2;
		} else if (*p == '=' && sign == '=' && left > 1 &&
			   (p[1] == '\n' ||
			       (left > 2 && p[1] == '\r' && p[2] == '\n'))) {
			i += p[1] == '\n' ? 1 : 2;
		} else {
			out[n++] = *p;
		}
	}
	view_add(s, v, out, n);
}

/* A word that was broken at the end of a line, quoted or not. */
static void
add_joined(struct seek *s, const struct view *v)
{
	unsigned char *out = need(malloc(v->len + 1));
	size_t n = 0;

	for (size_t i = 0; i < v->len; i++) {
		if (v->data[i] != '\r' && v->data[i] != '\n') {
			out[n++] = v->data[i];
			continue;
		}
		while (i + 1 < v->len && strchr("\r\n\t >", v->data[i + 1]) &&
		       v->data[i + 1] != '\0')
			i++;
	}
	view_add(s, v, out, n);
}

/* True for CR and LF that a line with base64 comes after. */
static bool
line_goes_on(const struct view *v, size_t i)
{
	size_t next = v->data[i] == '\r' ? i + 2 : i + 1;

	return (v->data[i] == '\r' || v->data[i] == '\n') && next < v->len &&
	       v->data[next] != '\r' && v->data[next] != '\n';
}

static int
six(int c)
{
	static const char set[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c == '\0' ? NULL : strchr(set, c);

	return p == NULL ? -1 : (int)(p - set);
}

static size_t
base64(const unsigned char *p, size_t len, unsigned char *out)
{
	unsigned int bits = 0;
	size_t n = 0;
	int have = 0;

	for (size_t i = 0; i < len; i++) {
		if (six(p[i]) < 0)
			continue;
		bits = (bits << 6 | (unsigned int)six(p[i])) & 0xfffffu;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (unsigned char)(bits >> have);
		}
	}
	return n;
}

/*
 * Each run of base64, over the ends of lines but not over empty ones. What
 * stands in front of it may look like base64 too, so each of the four ways to
 * cut it is tried.
 */
static void
add_base64(struct seek *s, const struct view *v)
{
	size_t i = 0;

	while (i < v->len) {
		size_t from = i;

		while (i < v->len && (six(v->data[i]) >= 0 ||
					 (i > from && line_goes_on(v, i))))
			i++;
		for (size_t cut = 0; cut < 4 && i >= from + RUN_MIN; cut++) {
			unsigned char *out = need(malloc(i - from));

			view_add(s, v, out,
			    base64(v->data + from + cut, i - from - cut, out));
		}
		i = i == from ? i + 1 : i;
	}
}

/* All encoded words of RFC 2047, put together as if nothing lay between. */
static void
add_words(struct seek *s, const struct view *v)
{
	unsigned char *out = need(malloc(v->len + 1));
	size_t n = 0;

	for (size_t i = 0; i + 2 < v->len; i++) {
		size_t at, end;
		int how;

		if (v->data[i] != '=' || v->data[i + 1] != '?')
			continue;
		for (at = i + 2;
		     at < v->len && v->data[at] > ' ' && v->data[at] != '?';
		     at++)
			;
		if (at + 3 >= v->len || v->data[at + 2] != '?')
			continue;
		how = toupper(v->data[at + 1]);
		at += 3;
		for (end = at;
		     end < v->len && v->data[end] > ' ' && v->data[end] != '?';
		     end++)
			;
		if (how == 'B') {
			n += base64(v->data + at, end - at, out + n);
		} else {
			for (; at < end; at++)
				out[n++] = v->data[at];
		}
		i = end;
	}
	view_add(s, v, out, n);
}

static void
file_read(struct seek *s, const char *name)
{
	FILE *f = fopen(name, "rb");
	struct view *v = &s->view[0];
	size_t got;

	if (f == NULL) {
		perror(name);
		exit(66);
	}
	memset(v, 0, sizeof(*v));
	do {
		v->data = need(realloc(v->data, v->len + 65536));
		got = fread(v->data + v->len, 1, 65536, f);
		v->len += got;
	} while (got > 0);
	fclose(f);
	s->views = 1;
	s->labelled = false;
}

int
main(int argc, char **argv)
{
	struct seek *s = need(calloc(1, sizeof(*s)));

	if (argc < 2) {
		fputs("usage: seek WORDS FILE...\n", stderr);
		return 64;
	}
	words_read(s, argv[1]);
	for (int i = 2; i < argc; i++) {
		file_read(s, argv[i]);
		for (size_t at = 0; at < s->views; at++) {
			struct view v = s->view[at];

			view_look(s, &v, argv[i], (size_t)i);
			if (v.depth < DEPTH_MAX) {
				add_escaped(s, &v, '=');
				add_words(s, &v);
				add_base64(s, &v);
				add_escaped(s, &v, '%');
				add_joined(s, &v);
			}
		}
		for (size_t at = 0; at < s->views; at++)
			free(s->view[at].data);
	}
	for (size_t i = 1; i < s->words; i++)
		free(s->word[i]);
	free(s->word);
	free(s->next);
	free(s->seen);
	free(s);
	return 0;
}
