// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <zstd.h>

#include <ptkit/error.h>

#include "mem/unpage.h"

static void *zstd_open(void)
{
	return ZSTD_createDCtx();
}

static int zstd_run(void *state, const uint8_t *in, size_t n, uint8_t *out, size_t len)
{
	return ZSTD_decompressDCtx(state, out, len, in, n) == len ? 0 : PTK_E_BADFMT;
}

static void zstd_close(void *state)
{
	ZSTD_freeDCtx(state);
}

const struct ptk_unpage ptk_unpage_zstd_ = {zstd_open, zstd_run, zstd_close};
