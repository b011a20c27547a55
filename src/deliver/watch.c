#include "deliver/watch.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"

/* A signal, so that it ends a connect too, which has no time-out. */
static void
watch_alarm(int number, siginfo_t *info, void *context)
{
	struct watch *w = info->si_value.sival_ptr;
	int saved = errno;

	(void)number;
	(void)context;
	if (info->si_code == SI_TIMER && w != NULL) {
		w->late = 1;
		if (w->fd != -1)
			(void)shutdown(w->fd, SHUT_RDWR);
	}
	errno = saved;
}

int
watch_open(struct watch *w, struct err *e)
{
	struct sigaction act = {.sa_sigaction = watch_alarm,
	    .sa_flags = SA_SIGINFO}; /* not SA_RESTART */
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
	    .sigev_signo = SIGALRM,
	    .sigev_value.sival_ptr = w};

	w->fd = -1;
	sigemptyset(&act.sa_mask);
	if (sigaction(SIGALRM, &act, &w->before) == -1 ||
	    timer_create(CLOCK_MONOTONIC, &event, &w->timer) == -1)
		return err_set(e, ERR_TEMP, "SMTP: timer: %m");
	w->has_timer = true;
	return 0;
}

void
watch_close(struct watch *w)
{
	if (!w->has_timer)
		return;
	(void)timer_delete(w->timer);
	(void)sigaction(SIGALRM, &w->before, NULL);
}

/* From seconds on every second, as one may come just before a wait; 0: off. */
static void
watch_arm(struct watch *w, int64_t seconds)
{
	struct itimerspec when = {.it_value.tv_sec = (time_t)seconds};

	if (seconds > 0)
		when.it_interval.tv_sec = 1;
	(void)timer_settime(w->timer, 0, &when, NULL);
}

void
watch_begin(struct watch *w, int64_t seconds)
{
	w->fd = -1;
	w->late = 0;
	w->cut = false;
	w->heard = 0;
	w->heard_at = 0;
	w->said[0] = '\0';
	watch_arm(w, seconds);
}

void
watch_end(struct watch *w)
{
	watch_arm(w, 0);
	w->fd = -1;
}

static bool
is_tcp(int fd)
{
	int protocol = 0, listens = 1;
	socklen_t len = sizeof(protocol);

	/* Not by its peer: that may be gone again. */
	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) == -1 ||
	    protocol != IPPROTO_TCP)
		return false;
	len = sizeof(listens);
	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 &&
	       !listens;
}

/* libesmtp shows it to nobody. */
static int
watch_find_socket(void)
{
	/* It was the lowest number that was free, so it is below this one. */
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	close(fd);
	while (--fd >= 0)
		if (is_tcp(fd))
			return fd;
	return -1;
}

void
watch_connected(struct watch *w, int64_t seconds)
{
	w->fd = watch_find_socket();
	/* Without it nothing could be cut off. */
	assert(w->fd != -1);
	/* It may be the next one of several addresses. */
	w->secured = w->asked = w->known = false;
	w->heard_at = clock_monotonic_ms();
	w->len = 0;
	w->said[0] = '\0';
	watch_arm(w, seconds);
}

void
watch_rest(struct watch *w)
{
	watch_arm(w, 0);
}

void
watch_again(struct watch *w, int64_t seconds)
{
	w->heard = 0;
	w->heard_at = clock_monotonic_ms();
	w->said[0] = '\0';
	watch_arm(w, seconds);
}

void
watch_cut(struct watch *w, const char *why)
{
	if (!w->cut)
		(void)err_set(&w->why, ERR_TEMP, "%s", why);
	w->cut = true;
	if (w->fd != -1)
		(void)shutdown(w->fd, SHUT_RDWR);
}

static void
watch_line(struct watch *w)
{
	if (w->asked && strncmp(w->line, "235", 3) == 0)
		w->known = true;
	/* The farewell after a refusal tells nothing. */
	if (w->line[0] != '2' || (w->said[0] != '4' && w->said[0] != '5'))
		memcpy(w->said, w->line, w->len + 1);
	w->len = 0;
}

void
watch_hear(struct watch *w, const char *bytes, size_t len)
{
	w->heard += len;
	w->heard_at = clock_monotonic_ms();
	if (w->heard > WATCH_HEARD)
		watch_cut(w, "the server says too much");
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == '\n') {
			w->line[w->len] = '\0';
			watch_line(w);
		} else if (bytes[i] != '\r' && w->len < WATCH_LINE - 1) {
			w->line[w->len++] = bytes[i];
		}
	}
}

void
watch_words(const struct watch *w, struct buf *b, const char *text)
{
	if (w->password != NULL && strstr(text, w->password) != NULL)
		buf_puts(b, "(words with the password in them)");
	else
		(void)utf8_put_line(b, text, strcspn(text, "\r\n"));
}

static void
watch_unknown(struct watch *w)
{
	struct buf why;

	buf_init(&why, 4 * WATCH_LINE);
	buf_puts(&why, w->asked ? "authentication was refused: "
				: "authentication is not offered");
	if (w->asked)
		watch_words(w, &why, w->said);
	watch_cut(w, buf_str(&why));
	buf_free(&why);
}

static bool
starts(const char *bytes, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && memcmp(bytes, word, n) == 0;
}

void
watch_say(struct watch *w, const char *bytes, size_t len)
{
	bool login = starts(bytes, len, "AUTH ");

	if (!login && !starts(bytes, len, "MAIL FROM:"))
		return;
	if (w->wants_tls && !w->secured)
		watch_cut(w, "TLS: not in use");
	else if (login)
		w->asked = true;
	else if (w->password != NULL && !w->known)
		watch_unknown(w);
}
