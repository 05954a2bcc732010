// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Comma-separated values (RFC 4180, but lines end in a newline alone), for spreadsheets and databases. */
#include "render/render.h"

#include <inttypes.h>
#include <string.h>

static int begin(struct ptk_render *rd, const char *title)
{
	return ptk_render_add_(rd,
	                       "first,last,size,kind,level,entry,page,run,pa,repeat,kernel,user,memory,index,flags,share,"
	                       "key,software,region,why\n");
}

/* Quoted where a comma, a quote or a line end would be read as structure. */
static int add_text(struct ptk_render *rd, const char *text)
{
	if (!text)
		return 0;
	if (!strpbrk(text, ",\"\r\n"))
		return ptk_render_add_foreign_(rd, text);
	int rc = ptk_render_add_(rd, "\"");
	for (; *text && rc >= 0; text++) {
		char one[2] = {*text, 0};
		rc = *text == '"' ? ptk_render_add_(rd, "\"\"") : ptk_render_add_foreign_(rd, one);
	}
	return rc < 0 ? rc : ptk_render_add_(rd, "\"");
}

/* What a text may not say is left out. */
static int add_page(struct ptk_render *rd, const struct ptk_range *range)
{
	if (!ptk_render_has_level_(rd, range))
		return ptk_render_add_(rd, ",,,,");
	return ptk_render_add_(rd, "%u,%s,%" PRIu64 ",%" PRIu64 ",", range->level, rd->regime.level[range->level].name,
	                       ptk_level_size(&rd->regime, range->level), ptk_render_run_(rd, range));
}

static int add_leaf(struct ptk_render *rd, const struct ptk_range *range)
{
	char rights[8];
	ptk_render_rights(&range->attr, rights);
	int rc = add_page(rd, range);
	if (rc >= 0 && range->pa != PTK_NO_PA)
		rc = ptk_render_add_(rd, "0x%" PRIx64, range->pa);
	if (rc >= 0)
		rc = ptk_render_add_(rd, ",%s,%.3s,%.3s,", range->repeat ? "true" : "", rights, rights + 4);
	if (rc >= 0)
		rc = add_text(rd, ptk_memtype_name((enum ptk_memtype)range->attr.mem));
	if (rc >= 0)
		rc = ptk_render_add_(rd, ",%u,", range->attr.memidx);
	if (rc >= 0)
		rc = ptk_render_flags_(rd, range->attr.flags, "", " ");
	return rc < 0 ? rc
	              : ptk_render_add_(rd, ",%s,%u,%u,", ptk_render_share_(range->attr.share), range->attr.key,
	                                range->attr.sw);
}

static int range(struct ptk_render *rd, const struct ptk_range *range)
{
	char size[24];
	ptk_render_bytes_(range, size);
	bool leaf = range->kind == PTK_LEAF && !range->unreadable;
	int rc = ptk_render_add_(rd, "0x%" PRIx64 ",0x%" PRIx64 ",%s,%s,", range->first, range->last, size,
	                         ptk_render_kind_(range));
	if (rc >= 0)
		rc = leaf ? add_leaf(rd, range) : ptk_render_add_(rd, ",,,,,,,,,,,,,,");
	if (rc >= 0)
		rc = add_text(rd, ptk_render_region_(rd, range));
	if (rc >= 0)
		rc = ptk_render_add_(rd, ",");
	if (rc >= 0 && !leaf)
		rc = add_text(rd, range->why);
	return rc < 0 ? rc : ptk_render_add_(rd, "\n");
}

static int end(struct ptk_render *rd)
{
	return 0;
}

const struct ptk_format ptk_format_csv = {
	.name = "csv",
	.about = "comma-separated values with a line of column names",
	.begin = begin,
	.range = range,
	.end = end,
};
