#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define PROGRESS_WIDTH 40 /* columns of the bar */

void
progress_begin(struct progress *p, const char *what)
{
	*p = (struct progress){
	    .what = what, .shown = isatty(STDERR_FILENO) == 1, .percent = -1};
}

void
progress_step(struct progress *p, uint64_t done, uint64_t all)
{
	int percent = all == 0 || done >= all ? 100 : (int)(done * 100 / all);
	char bar[PROGRESS_WIDTH + 1];

	if (!p->shown || percent == p->percent)
		return;
	p->percent = percent;
	for (int i = 0; i < PROGRESS_WIDTH; i++)
		bar[i] = i < percent * PROGRESS_WIDTH / 100 ? '#' : '.';
	bar[PROGRESS_WIDTH] = '\0';
	(void)fprintf(stderr, "\r%-9s [%s] %3d%%", p->what, bar, percent);
}

void
progress_end(struct progress *p)
{
	if (p->shown && p->percent != -1)
		(void)fprintf(stderr, "\r\033[K");
	p->percent = -1;
}
