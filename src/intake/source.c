#include "intake/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "base/alloc.h"
#include "base/log.h"

void
source_close(struct source *s)
{
	maildir_close(s->maildir);
	s->maildir = NULL;
	s->watch = -1;
	s->scan = s->full = false;
	strs_free(&s->names);
	s->next = 0;
}

/* The watch is there before the first look, so nothing comes between. */
int
source_open(struct source *s, int inotify, struct err *e)
{
	if (maildir_open(&s->maildir, s->path, e) == -1)
		return -1;
	s->scan = true;
	if (inotify == -1)
		return 0;
	s->watch = inotify_add_watch(inotify, maildir_new(s->maildir),
	    IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE_SELF |
		IN_MOVE_SELF | IN_ONLYDIR);
	if (s->watch == -1) {
		err_set(e, ERR_TEMP, "inotify: %s: %m", s->path);
		source_close(s);
		return -1;
	}
	return 0;
}

void
source_free(struct source *s)
{
	source_close(s);
	strs_free(&s->failed);
	strs_free(&s->failing);
	strs_free(&s->stuck);
	while (s->taken != NULL) {
		struct taken *t = s->taken;

		s->taken = t->next;
		maildir_file_free(&t->file);
		free(t);
	}
}

uint64_t
source_took(struct source *s, struct maildir_file *file)
{
	struct taken *t = xcalloc(1, sizeof(*t));

	t->cookie = ++s->cookie;
	t->file = *file;
	*file = (struct maildir_file){0};
	t->next = s->taken;
	s->taken = t;
	s->progress = true;
	return t->cookie;
}

bool
source_has_taken(const struct source *s, const char *name)
{
	for (const struct taken *t = s->taken; t != NULL; t = t->next)
		if (strcmp(t->file.name, name) == 0)
			return true;
	return false;
}

static void
source_remove(struct source *s, const struct maildir_file *file)
{
	struct err e = {0};

	if (s->maildir == NULL) {
		/* It lies there still and comes again: one message. */
	} else if (maildir_remove(s->maildir, file, &e) == 0) {
		s->dirty = true;
	} else if (e.code == ERR_DATA) {
		log_warning("file taken in again: error=%s", e.text);
		s->scan = true;
	} else {
		log_error("file not removed: error=%s", e.text);
		strs_add_once(&s->stuck, file->name);
	}
}

void
source_registered(void *owner, uint64_t cookie)
{
	struct source *s = owner;
	struct taken **at = &s->taken;
	struct taken *t;

	while (*at != NULL && (*at)->cookie != cookie)
		at = &(*at)->next;
	t = *at;
	if (t == NULL)
		return;
	*at = t->next;
	source_remove(s, &t->file);
	maildir_file_free(&t->file);
	free(t);
}

void
source_skip(struct source *s, const char *name, const struct err *e)
{
	if (!strs_has(&s->failed, name))
		log_warning("file left: error=%s", e->text);
	strs_add(&s->failing, name);
}

void
source_refuse(struct source *s, const char *name, const struct err *why)
{
	struct err e = {0};

	if (maildir_refuse(s->maildir, name, &e) == -1) {
		source_skip(s, name, &e);
		return;
	}
	log_warning("file refused, moved to .refused: error=%s", why->text);
}

bool
source_is_due(const struct source *s)
{
	return s->scan || (s->full && s->progress);
}

int
source_scan(struct source *s, struct err *e)
{
	strs_free(&s->names);
	s->next = 0;
	s->scan = false;
	strs_free(&s->failed);
	s->failed = s->failing;
	s->failing = (struct strs){0};
	if (maildir_list(s->maildir, &s->names, e) == -1)
		return -1;
	s->full = s->names.count == MAILDIR_NAMES;
	s->progress = false;
	return 0;
}
