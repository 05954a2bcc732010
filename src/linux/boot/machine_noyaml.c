// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "base/err.h"
#include "linux/boot/read.h"

int boot_machine_yaml_(struct ptk_machine *m, const char *text, size_t size, const char *name, bool comments,
                       struct ptk_err *err)
{
	return ptk_err_set_(err, PTK_E_NOTSUP, "%s: this build of ptkit cannot read YAML", name);
}

int ptk_machine_read(const char *text, size_t size, const char *name, const struct ptk_machine_files *files,
                     struct ptk_machine **out, struct ptk_err *err)
{
	return ptk_err_set_(err, PTK_E_NOTSUP, "%s: this build of ptkit cannot read YAML", name);
}
