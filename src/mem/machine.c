// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "mem/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
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

#define CAP_SYS_RAWIO 17

/* Whether we have the right that these files ask for. */
static bool may_read(void)
{
	char text[4096];
	const char *set = ptk_machine_text_("/proc/self/status", text, sizeof text) ? strstr(text, "\nCapEff:") : NULL;
	return set && (strtoull(set + 8, NULL, 16) >> CAP_SYS_RAWIO & 1);
}

/* Besides that right, only lockdown stands before them (security/lockdown). */
static int refused(const char *path, int sys, struct ptk_err *err)
{
	if (may_read())
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
