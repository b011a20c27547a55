#include "people/contact_check.h"

#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "people/contact.h"

#define CONTACT_ADDRESS_MAX                                                    \
	320 /* bytes: 64, '@', 255; RFC 5321 section 4.5.3.1 */
#define CONTACT_TEXT_MAX 200 /* bytes of a name or an organisation */
#define CONTACT_TAG_MAX 64 /* bytes */

/* True for text of one line, without anything that hides or turns around. */
static bool
contact_text_is(const char *text, size_t max)
{
	size_t len = strlen(text), n;
	uint32_t cp;

	if (len == 0 || len > max)
		return false;
	for (; len > 0; text += n, len -= n) {
		n = utf8_next((const unsigned char *)text, len, &cp);
		if (n == 0 || utf8_unsafe(cp) || cp == '\t' || cp == '\n')
			return false;
	}
	return true;
}

/*
 * What may stand in the fold, after NFKC: one '@' with something around it,
 * and nothing that would end an address in a header or a list.
 */
static bool
contact_fold_is(const char *fold)
{
	const char *at = strchr(fold, '@');

	return at != NULL && at != fold && at[1] != '\0' &&
	       strchr(at + 1, '@') == NULL && strpbrk(fold, " <>,;") == NULL &&
	       contact_text_is(fold, CONTACT_ADDRESS_MAX);
}

/* NFKC leaves ASCII as it is, and nearly all addresses are of it: 700
 * instructions instead of 7,000. NULL: it is no ASCII. */
static char *
contact_fold_ascii(const char *address, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)address[i] >= 0x80)
			return NULL;
	return xstrndup(address, len);
}

static char *
contact_fold_nfkc(const char *address, size_t len)
{
	size_t out_len = 0;
	uint8_t *out = u8_normalize(
	    UNINORM_NFKC, (const uint8_t *)address, len, NULL, &out_len);
	char *fold = NULL;

	if (out != NULL && memchr(out, '\0', out_len) == NULL)
		fold = xstrndup((const char *)out, out_len);
	free(out);
	return fold;
}

char *
contact_address_fold(const char *address)
{
	size_t len = strlen(address);
	char *fold;

	/* spaces only, as SQLite's trim() in contact.c */
	while (len > 0 && address[0] == ' ') {
		address++;
		len--;
	}
	while (len > 0 && address[len - 1] == ' ')
		len--;
	if (len == 0 || len > CONTACT_ADDRESS_MAX || !utf8_is(address, len))
		return NULL;
	fold = contact_fold_ascii(address, len);
	if (fold == NULL)
		fold = contact_fold_nfkc(address, len);
	if (fold == NULL)
		return NULL;
	for (char *p = fold; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	if (contact_fold_is(fold))
		return fold;
	free(fold);
	return NULL;
}

static int
contact_check_lists(const struct contact *c, struct err *e)
{
	for (size_t i = 0; i < c->addresses.count; i++) {
		char *fold = contact_address_fold(c->addresses.item[i]);

		if (fold == NULL)
			return err_set(e, ERR_DATA, "\"%.100s\" is no address",
			    c->addresses.item[i]);
		free(fold);
	}
	for (size_t i = 0; i < c->roles.count; i++)
		if (!role_is_known(c->roles.item[i]))
			return err_set(e, ERR_DATA,
			    "\"%.40s\" is not a role (poc, deputy, approver, "
			    "legal, pr, handler, observer)",
			    c->roles.item[i]);
	for (size_t i = 0; i < c->tags.count; i++)
		if (!contact_text_is(c->tags.item[i], CONTACT_TAG_MAX) ||
		    strchr(c->tags.item[i], ';') != NULL)
			return err_set(e, ERR_DATA, "\"%.40s\" is no tag",
			    c->tags.item[i]);
	return 0;
}

int
contact_check(const struct contact *c, struct err *e)
{
	if (c->name == NULL || !contact_text_is(c->name, CONTACT_TEXT_MAX))
		return err_set(e, ERR_DATA,
		    "name: 1 to %d bytes of one line expected",
		    CONTACT_TEXT_MAX);
	if (strspn(c->name, "0123456789") == strlen(c->name))
		return err_set(
		    e, ERR_DATA, "name \"%.40s\" reads as an id", c->name);
	if (c->organisation != NULL &&
	    !contact_text_is(c->organisation, CONTACT_TEXT_MAX))
		return err_set(e, ERR_DATA,
		    "organisation: 1 to %d bytes of one line expected",
		    CONTACT_TEXT_MAX);
	if (c->language != NULL && strcmp(c->language, "en") != 0 &&
	    strcmp(c->language, "ja") != 0)
		return err_set(e, ERR_DATA,
		    "\"%.20s\" is not a language (en, ja)", c->language);
	return contact_check_lists(c, e);
}
