#include "base/private_folder.h"

#include <errno.h>
#include <sys/stat.h>

int
private_folder_make(int at, const char *path, struct err *e)
{
	if (mkdirat(at, path, 0700) == -1 && errno != EEXIST)
		return err_set(e, ERR_TEMP, "%s: %m", path);
	return 0;
}
