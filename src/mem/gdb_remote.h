/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * A client of the GDB remote serial protocol ("Debugging with GDB", appendix "GDB Remote Serial Protocol"):
 * packets, acknowledgements, target descriptions, memory. Everything the other side says is hostile, every
 * wait ends.
 */
#ifndef MEM_GDB_REMOTE_H
#define MEM_GDB_REMOTE_H

#include <ptkit/error.h>

/* Most bytes of one packet's contents, runs expanded. QEMU's own limit was 4 KiB, and is 128 KiB since 9.0. */
#define PTK_GDB_PACKET_MAX ((size_t)136 << 10)

struct ptk_gdb {
	int fd;              /* -1: not connected */
	int timeout_ms;      /* for one question and its answer */
	int64_t until;       /* no wait goes beyond this moment; 0: none set */
	bool no_ack;         /* both sides agreed not to acknowledge */
	bool told_stop;      /* a stop was reported that nobody had asked for: the target ran when we came */
	bool broken;         /* the connection can no longer be trusted */
	size_t packet_max;   /* most bytes of contents that the stub takes or sends */
	size_t at, filled;   /* of in */
	size_t len;          /* of reply */
	uint8_t in[1 << 16];
	uint8_t raw[PTK_GDB_PACKET_MAX];
	char reply[PTK_GDB_PACKET_MAX + 1]; /* the last answer, terminated */
};

/* Connect to "HOST:PORT", ":PORT" (this machine), "[V6]:PORT", or "/path/of/socket". */
int ptk_gdb_connect_(struct ptk_gdb *g, const char *where, struct ptk_err *err);
void ptk_gdb_close_(struct ptk_gdb *g);

/* Ask and wait for the answer in g->reply; it may be empty ("not supported") or "E..". */
int ptk_gdb_ask_(struct ptk_gdb *g, const char *question, struct ptk_err *err);

/* The first exchange: what the stub can do. Sets packet_max and no_ack. */
int ptk_gdb_hello_(struct ptk_gdb *g, struct ptk_err *err);

/* A piece of memory to read. */
struct ptk_gdb_block {
	uint64_t addr;
	uint8_t *buf;
	size_t len;
	bool missing; /* out: the stub says that some of it cannot be read */
};

/* Read many pieces, in one stream of questions and answers. No failure can be recovered from: g->broken. */
int ptk_gdb_blocks_(struct ptk_gdb *g, struct ptk_gdb_block *block, size_t n, struct ptk_err *err);

/*
 * Read memory. Many requests travel at once. PTK_E_NODATA: the stub says that some of it cannot be read. No other
 * failure can be recovered from: g->broken.
 */
int ptk_gdb_read_(struct ptk_gdb *g, uint64_t addr, uint8_t *buf, size_t len, struct ptk_err *err);

/* A whole object of qXfer:features:read, terminated; free() it. PTK_E_NOTFOUND: the stub has none. */
int ptk_gdb_annex_(struct ptk_gdb *g, const char *annex, char **text, size_t *len, struct ptk_err *err);

/* What a command of the stub's own monitor says, terminated; free() it. PTK_E_NOTSUP: it has no monitor. */
int ptk_gdb_monitor_(struct ptk_gdb *g, const char *command, char **text, struct ptk_err *err);

/* Let the target run, without an answer if the connection is broken. Can be called in any state. */
void ptk_gdb_detach_(struct ptk_gdb *g);

/* A register of a target description. */
struct ptk_gdb_reg {
	uint32_t number;
	uint32_t bits;
	char name[32];
};

struct ptk_gdb_target {
	char arch[32]; /* "aarch64"; empty if it does not say */
	struct ptk_gdb_reg *reg;
	size_t nregs, room;
	uint32_t next; /* number of a register that does not say its own */
	unsigned annexes;
};

/* The target description and all that it includes. */
int ptk_gdb_target_(struct ptk_gdb *g, struct ptk_gdb_target *out, struct ptk_err *err);
void ptk_gdb_target_free_(struct ptk_gdb_target *t);

/* ---- pure ---- */

/* A packet's contents from the bytes between $ and #: escapes and runs undone. Negative: not well-formed, or no room. */
int ptk_gdb_decode_(const uint8_t *raw, size_t n, char *out, size_t room);

/* The sum that follows #. */
uint8_t ptk_gdb_sum_(const uint8_t *raw, size_t n);

/* 2n digits to n bytes; false if some are not digits. */
bool ptk_gdb_unhex_(const char *digits, size_t n, uint8_t *out);

/*
 * Read one document of a target description: its registers and architecture go to t, and the names that it includes to fn.
 * Text that makes no sense is left out. A negative result of fn ends it.
 */
typedef int ptk_gdb_include_fn(void *arg, const char *annex);
int ptk_gdb_xml_(const char *text, size_t len, struct ptk_gdb_target *t, ptk_gdb_include_fn *fn, void *arg);

#endif
