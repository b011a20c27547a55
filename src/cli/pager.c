#include "cli/pager.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"

#define EXEC_FAILED 127

void
pager_words(char *text, char *word[PAGER_WORDS + 1])
{
	char *rest = NULL;
	size_t count = 0;

	for (char *w = strtok_r(text, " \t", &rest);
	     w != NULL && count < PAGER_WORDS; w = strtok_r(NULL, " \t", &rest))
		word[count++] = w;
	if (count == 1 && strcmp(word[0], "cat") == 0)
		count = 0;
	word[count] = NULL;
}

bool
pager_is_long(const struct output *o)
{
	size_t rows = 0;

	if (!o->terminal || o->json || o->rows == 0)
		return false;
	for (size_t i = 0; i < o->text.len; i++)
		rows += o->text.data[i] == '\n';
	return rows >= o->rows;
}

static void
run_pager(char **word, int from)
{
	/* set and not inherited: what is shown here was encrypted */
	(void)setenv("LESSSECURE", "1", 1);
	(void)setenv("LESSHISTFILE", "-", 1);
	(void)setenv("LESSCHARSET", "utf-8", 1);
	(void)setenv("LESS", "FRX", 0);
	(void)signal(SIGPIPE, SIG_DFL);
	if (dup2(from, STDIN_FILENO) != -1) {
		(void)close_range(STDERR_FILENO + 1, ~0U, 0);
		(void)execvp(word[0], word);
	}
	_exit(EXEC_FAILED);
}

/* All of it, until the reader has seen enough. */
static void
feed(int fd, const struct buf *text)
{
	size_t done = 0;

	while (done < text->len) {
		ssize_t n = write(fd, text->data + done, text->len - done);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return;
		done += (size_t)n;
	}
}

static bool
start(char **word, struct output *o)
{
	const struct sigaction none = {.sa_handler = SIG_IGN};
	int ends[2], status = 0;
	struct sigaction was;
	pid_t pid;

	if (pipe(ends) == -1)
		return false;
	pid = fork();
	if (pid == 0) {
		(void)close(ends[1]);
		run_pager(word, ends[0]);
	}
	(void)close(ends[0]);
	if (pid == -1) {
		(void)close(ends[1]);
		return false;
	}
	/* ^C is the pager's, while it shows */
	(void)sigaction(SIGINT, &none, &was);
	feed(ends[1], &o->text);
	(void)close(ends[1]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	(void)sigaction(SIGINT, &was, NULL);
	return !WIFEXITED(status) || WEXITSTATUS(status) != EXEC_FAILED;
}

bool
pager_show(struct output *o)
{
	const char *wish = getenv("NOROSHI_PAGER");
	char *word[PAGER_WORDS + 1], *text;
	bool shown = false;

	if (wish == NULL)
		wish = getenv("PAGER");
	text = xstrdup(wish == NULL ? "less" : wish);
	pager_words(text, word);
	if (word[0] != NULL)
		shown = start(word, o);
	free(text);
	if (shown)
		buf_clear(&o->text);
	return shown;
}
