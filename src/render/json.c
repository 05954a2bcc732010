// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * One JSON document. Addresses are strings of hexadecimal digits, since many readers keep numbers in
 * 53 bits; sizes are numbers.
 */
#include "render/render.h"

#include <inttypes.h>
#include <stdio.h>

/* What a text may not say is null. */
static int add_page(struct ptk_render *rd, const struct ptk_range *range)
{
	if (!ptk_render_has_level_(rd, range))
		return ptk_render_add_(rd, ", \"level\": null, \"entry\": null, \"page\": null, \"run\": null");
	const struct ptk_level *lv = &rd->regime.level[range->level];
	return ptk_render_add_(rd, ", \"level\": %u, \"entry\": \"%s\", \"page\": %" PRIu64 ", \"run\": %" PRIu64,
	                       range->level, lv->name, ptk_level_size(&rd->regime, range->level), ptk_render_run_(rd, range));
}

static int add_leaf(struct ptk_render *rd, const struct ptk_range *range)
{
	char rights[8], pa[24] = "null";
	ptk_render_rights(&range->attr, rights);
	if (range->pa != PTK_NO_PA)
		snprintf(pa, sizeof pa, "\"0x%" PRIx64 "\"", range->pa);
	int rc = add_page(rd, range);
	if (rc >= 0)
		rc = ptk_render_add_(
			rd, ", \"pa\": %s, \"kernel\": \"%.3s\", \"user\": \"%.3s\", \"memory\": \"%s\"", pa, rights,
			rights + 4, ptk_memtype_name((enum ptk_memtype)range->attr.mem));
	if (rc >= 0 && range->repeat)
		rc = ptk_render_add_(rd, ", \"repeat\": true");
	if (rc >= 0)
		rc = ptk_render_add_(rd, ", \"flags\": [");
	if (rc >= 0)
		rc = ptk_render_flags_(rd, range->attr.flags, "\"", ", ");
	if (rc >= 0)
		rc = ptk_render_add_(rd, "], \"share\": \"%s\", \"index\": %u, \"key\": %u, \"software\": %u",
		                     ptk_render_share_(range->attr.share), range->attr.memidx, range->attr.key,
		                     range->attr.sw);
	return rc;
}

static int add_text(struct ptk_render *rd, const char *key, const char *text)
{
	int rc = ptk_render_add_(rd, ", \"%s\": ", key);
	if (rc >= 0)
		rc = text ? ptk_render_add_json_(rd, text) : ptk_render_add_(rd, "null");
	return rc;
}

int ptk_render_object_(struct ptk_render *rd, const struct ptk_range *range)
{
	char size[24];
	ptk_render_bytes_(range, size);
	int rc = ptk_render_add_(
		rd, "{\"first\": \"0x%" PRIx64 "\", \"last\": \"0x%" PRIx64 "\", \"size\": %s, \"kind\": \"%s\"",
		range->first, range->last, size, ptk_render_kind_(range));
	if (rc >= 0 && range->kind == PTK_LEAF && !range->unreadable)
		rc = add_leaf(rd, range);
	else if (rc >= 0)
		rc = add_text(rd, "why", range->why);
	if (rc >= 0 && rd->opts.region)
		rc = add_text(rd, "region", ptk_render_region_(rd, range));
	return rc < 0 ? rc : ptk_render_add_(rd, "}");
}

static int begin(struct ptk_render *rd, const char *title)
{
	int rc = ptk_render_add_(rd, "{\n  \"regime\": \"%s\"", rd->regime.name);
	if (rc >= 0 && title) {
		rc = ptk_render_add_(rd, ",\n  \"title\": ");
		if (rc >= 0)
			rc = ptk_render_add_json_(rd, title);
	}
	return rc < 0 ? rc : ptk_render_add_(rd, ",\n  \"ranges\": [");
}

static int range(struct ptk_render *rd, const struct ptk_range *range)
{
	int rc = ptk_render_add_(rd, "%s\n    ", rd->totals.ranges ? "," : "");
	return rc < 0 ? rc : ptk_render_object_(rd, range);
}

static int end(struct ptk_render *rd)
{
	return ptk_render_add_(rd, "%s]\n}\n", rd->totals.ranges ? "\n  " : "");
}

const struct ptk_format ptk_format_json = {
	.name = "json",
	.about = "one JSON document",
	.begin = begin,
	.range = range,
	.end = end,
};
