/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * What a flattened device tree reserves before page tables are built (devicetree specification v0.4, 3.5 and 5):
 * its own list, /reserved-memory, and the initial ramdisk of /chosen. The blob is a picture's, so nothing in it is
 * trusted.
 */
#ifndef LINUX_BOOT_ARM64_DT_H
#define LINUX_BOOT_ARM64_DT_H

#include <stddef.h>
#include <stdint.h>

/* Told of each range; negative ends it. name is static or in the blob, and short-lived. */
typedef int boot_dt_fn(void *arg, uint64_t first, uint64_t last, const char *name);

/* 0; what fn returned; PTK_E_BADFMT. */
int boot_dt_reserved_(const uint8_t *blob, size_t size, boot_dt_fn *fn, void *arg);

#endif
