// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* One JSON object a line: what line-wise tools and streams want. */
#include "render/render.h"

#include <inttypes.h>

static int nothing(struct ptk_render *rd, const char *title)
{
	return 0;
}

static int range(struct ptk_render *rd, const struct ptk_range *range)
{
	int rc = ptk_render_object_(rd, range);
	return rc < 0 ? rc : ptk_render_add_(rd, "\n");
}

static int end(struct ptk_render *rd)
{
	return 0;
}

const struct ptk_format ptk_format_jsonl = {
	.name = "jsonl",
	.about = "one JSON object a line",
	.begin = nothing,
	.range = range,
	.end = end,
};
