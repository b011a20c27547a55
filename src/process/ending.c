#include "process/ending.h"

#define ENDING_PHASES 4

static bool
ending_in_phase(size_t phase, enum role role)
{
	switch (phase) {
	case 0:
		return role == ROLE_INTAKE;
	case 1:
		return role == ROLE_QUEUE;
	case 2:
		return role == ROLE_WORKER || role == ROLE_PARSER;
	default:
		return role == ROLE_DELIVER;
	}
}

bool
ending_step(struct child *children, size_t count, size_t *phase, bool late)
{
	bool running = false;

	for (; *phase < ENDING_PHASES; (*phase)++) {
		for (size_t i = 0; i < count; i++) {
			struct child *c = &children[i];

			if (late)
				child_kill(c);
			if (c->pid == 0 || !ending_in_phase(*phase, c->role))
				continue;
			running = true;
			if (c->told || late)
				continue;
			c->told = true;
			if (c->control == NULL || ipc_send(c->control, IPC_STOP,
						      NULL, -1, NULL) == -1)
				child_kill(c);
		}
		if (running)
			return false;
	}
	return true;
}
