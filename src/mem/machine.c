// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/err.h"

int ptk_machine_read_(int fd, uint64_t offset, void *buf, size_t len)
{
	uint8_t *to = buf;
	while (len) {
		if (offset > INT64_MAX)
			return PTK_E_NODATA;
		ssize_t n = pread(fd, to, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EPERM || errno == EACCES ? PTK_E_PERM : PTK_E_IO;
		if (n == 0)
			return PTK_E_NODATA;
		to += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

bool ptk_machine_text_(const char *path, char *buf, size_t size)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);
	if (n < 0)
		return false;
	buf[n] = 0;
	return true;
}

/* security/lockdown/lockdown.c: "none integrity [confidentiality]". */
static bool locked_down(const char *level)
{
	char text[128];
	return ptk_machine_text_("/sys/kernel/security/lockdown", text, sizeof text) && strstr(text, level);
}

static int refused(const char *path, int sys, struct ptk_err *err)
{
	/* Memory may be written through /dev/mem, so that goes with the milder lockdown. */
	bool locked = locked_down("[confidentiality]") || (strcmp(path, "/dev/mem") == 0 && locked_down("[integrity]"));
	if (locked)
		return ptk_err_set_(err, PTK_E_PERM,
		                    "%s: the kernel is locked down, which closes it even to root (secure boot, or lockdown=)", path);
	if (geteuid() != 0)
		return ptk_err_sys_(err, PTK_E_PERM, sys, "%s (only root may read the machine's memory)", path);
	return ptk_err_sys_(err, PTK_E_PERM, sys, "%s (it takes CAP_SYS_RAWIO: a container's root lacks it)", path);
}

int ptk_machine_open_(const char *path, const char *config, int *fd, struct ptk_err *err)
{
	int got = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (got >= 0) {
		*fd = got;
		return 0;
	}
	if (errno == EACCES || errno == EPERM)
		return refused(path, errno, err);
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		return ptk_err_set_(err, PTK_E_NOTFOUND, "there is no %s: this kernel is built without %s, or a container hides it", path,
		                    config);
	return ptk_err_sys_(err, PTK_E_IO, errno, "cannot open %s", path);
}
