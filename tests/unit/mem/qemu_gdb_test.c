// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The client against a peer that follows a script: one that behaves as QEMU does (recorded from QEMU 7.2: an unasked stop
 * when the guest ran, "E22" for reads beyond half a packet), and ones that lie, stall, close, and send garbage.
 */
#include <ptkit/mem.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "mem/mem.h"

#include "lib/mk.h"
#include "lib/tap.h"

/* What one peer does otherwise than QEMU. */
struct script {
	const char *name;
	bool ran;              /* the guest ran when the debugger came */
	bool no_ack, rle;      /* offers QStartNoAckMode; packs runs and escapes */
	const char *on, *raw;  /* to questions that begin with this, answer with these bytes as they are */
	unsigned nth;          /* from the nth such question on */
	unsigned bad_sums;     /* this many answers go out with a wrong sum first */
	bool close, stall, flood; /* instead of answering such a question: hang up, say nothing, send without end */
	const char *threads, *more; /* its list of CPUs, and what follows that for ever; NULL: it knows of none */
	const char *arch;
	const char *map, *version; /* what its monitor says to "info mtree -f" and "info version" */
};

static const char plain_map[] = "FlatView #0\n AS \"I/O\", root: io\n  0000000000000000-0000000000000fff (prio 0, ram): no\n"
				"FlatView #1\n AS \"cpu-memory-0\", root: system\n AS \"memory\", root: system\n Root memory region: system\n"
				"  0000000000000000-0000000000000fff (prio 0, i/o): uart\n"
				"  0000000000001000-0000000000041fff (prio 0, ram): a\n"
				"  0000000000050000-000000000005ffff (prio 0, rom): b\n";

/* Byte at an address: nothing repeats within a page or between two. */
static uint8_t byte_at(uint64_t pa)
{
	return (uint8_t)(pa * 7 + (pa >> 8) * 13 + (pa >> 12));
}

static int peer_fd, report_fd;

static void put(const void *p, size_t n)
{
	for (const char *b = p; n;) {
		ssize_t r = write(peer_fd, b, n);
		if (r <= 0)
			_exit(0);
		b += r;
		n -= (size_t)r;
	}
}

static char take(void)
{
	char c;
	if (read(peer_fd, &c, 1) != 1)
		_exit(0);
	return c;
}

static void reply(const struct script *s, const char *text, size_t n)
{
	static unsigned bad;
	static char out[20000];
	size_t len = 1;
	out[0] = '$';
	for (size_t i = 0; i < n;) {
		size_t run = 1;
		while (i + run < n && text[i + run] == text[i] && run < 98)
			run++;
		out[len++] = text[i];
		if (s->rle && run > 3) {
			if (run == 7 || run == 8) /* '#' and '$' are no counts */
				run = 6;
			out[len++] = '*';
			out[len++] = (char)(run - 1 + 29);
			i += run;
		} else {
			i++;
		}
	}
	uint8_t sum = 0;
	for (size_t i = 1; i < len; i++)
		sum = (uint8_t)(sum + (uint8_t)out[i]);
	len += (size_t)snprintf(out + len, 8, "#%02x", bad < s->bad_sums ? sum ^ 1u : sum);
	put(out, len);
	if (bad < s->bad_sums && take() == '-') {
		bad++;
		reply(s, text, n);
	}
}

static void say(const struct script *s, const char *text)
{
	reply(s, text, strlen(text));
}

static void say_hex(const struct script *s, const char *prefix, const char *text, size_t n)
{
	static char out[20000];
	size_t len = (size_t)snprintf(out, sizeof out, "%s", prefix);
	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(out + len, 3, "%02x", (uint8_t)text[i]);
	reply(s, out, len);
}

static void memory(const struct script *s, const char *q)
{
	unsigned long long pa;
	unsigned len;
	char bytes[4096];
	if (sscanf(q, "m%llx,%x", &pa, &len) != 2 || len > 2048) {
		say(s, "E22");
		return;
	}
	for (unsigned i = 0; i < len; i++)
		bytes[i] = (char)byte_at(pa + i);
	say_hex(s, "", bytes, len);
}

static void monitor(const struct script *s, const char *q)
{
	char text[64] = "";
	unsigned c;
	for (size_t i = 0; i + 1 < sizeof text && sscanf(q + 6 + 2 * i, "%2x", &c) == 1; i++)
		text[i] = (char)c;
	const char *map = s->map ? s->map : plain_map;
	if (strcmp(text, "info mtree -f") == 0) { /* in pieces, as QEMU */
		say_hex(s, "O", map, strlen(map) / 2);
		say_hex(s, "O", map + strlen(map) / 2, strlen(map) - strlen(map) / 2);
	} else if (strcmp(text, "info registers") == 0) {
		static const char regs[] = "EAX=00000000\nGDT=     ff401000 000000ff\r\nIDT=     ff400000 000007ff\r\nCR0=80050033\n";
		say_hex(s, "O", regs, sizeof regs - 1);
	} else if (strcmp(text, "info version") == 0) {
		const char *v = s->version ? s->version : "7.2.22 (Debian)\r\n";
		say_hex(s, "O", v, strlen(v));
	} else {
		say_hex(s, "O", "VM status: paused\r\n", 19);
	}
	say(s, "OK");
}

static void annex(const struct script *s, const char *q)
{
	static const char target[] = "l<target><architecture>aarch64</architecture><xi:include href=\"core.xml\"/>"
				     "<xi:include href=\"sys.xml\"/></target>";
	if (strstr(q, "target.xml:0") && s->arch)
		say(s, "l<target><architecture>i386:x86-64</architecture><reg name=\"rip\" bitsize=\"64\" regnum=\"1\"/></target>");
	else if (strstr(q, "target.xml:0"))
		say(s, target);
	else if (strstr(q, "core.xml:0"))
		say(s, "l<feature><reg name=\"x0\" bitsize=\"64\"/><reg name=\"pc\" bitsize=\"64\"/></feature>");
	else if (strstr(q, "sys.xml:0")) /* in two parts */
		say(s, "m<feature><reg name=\"TCR_EL1\" bitsize=\"64\" regnum=\"86\"/><reg na");
	else if (strstr(q, "sys.xml:"))
		say(s, "lme=\"TTBR1_EL1\" bitsize=\"64\"/></feature>");
	else
		say(s, "E00");
}

static void answer(const struct script *s, const char *q)
{
	static unsigned seen;
	static char cpu;
	if (s->on && strncmp(q, s->on, strlen(s->on)) == 0 && ++seen > s->nth) {
		if (s->close)
			_exit(0);
		while (s->stall)
			pause();
		while (s->flood)
			put("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 64);
		put(s->raw, strlen(s->raw));
		return;
	}
	if (strncmp(q, "qSupported", 10) == 0)
		say(s, s->no_ack ? "PacketSize=1000;qXfer:features:read+;QStartNoAckMode+" : "PacketSize=1000;qXfer:features:read+");
	else if (strcmp(q, "QStartNoAckMode") == 0 || strcmp(q, "Qqemu.PhyMemMode:1") == 0 || *q == 'D')
		say(s, "OK");
	else if (*q == 'm')
		memory(s, q);
	else if (strncmp(q, "qRcmd,", 6) == 0)
		monitor(s, q);
	else if (strncmp(q, "qXfer:", 6) == 0)
		annex(s, q);
	else if (strcmp(q, "qfThreadInfo") == 0 && s->threads)
		say(s, s->threads);
	else if (strcmp(q, "qsThreadInfo") == 0 && s->threads)
		say(s, s->more);
	else if (strncmp(q, "Hg", 2) == 0 && s->threads) {
		cpu = q[3];
		say(s, cpu == '9' ? "E22" : "OK");
	} else if (strcmp(q, "p1") == 0 && cpu == '2')
		say(s, "0810203040ffffff");
	else if (strcmp(q, "p1") == 0)
		say(s, "0010203040ffffff"); /* little-endian */
	else if (strcmp(q, "p56") == 0)
		say(s, "1035505b5b030004");
	else if (strcmp(q, "p57") == 0)
		say(s, "xxxxxxxxxxxxxxxx");
	else
		say(s, "");
}

static void serve(const struct script *s)
{
	if (s->ran)
		say(s, "T02thread:01;");
	for (;;) {
		char q[300];
		size_t n = 0;
		while (take() != '$')
			;
		for (char c; (c = take()) != '#' && n + 1 < sizeof q;)
			q[n++] = c;
		q[n] = 0;
		take();
		take();
		put("+", s->no_ack ? 0 : 1);
		if (*q == 'D' && write(report_fd, "D", 1) != 1)
			_exit(1);
		answer(s, q);
	}
}

struct peer {
	pid_t pid;
	int report;
	char path[200], source[220];
};

static void start(struct peer *p, const struct script *s)
{
	int pipes[2], listener = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	snprintf(p->path, sizeof p->path, "%s", mk_path("gdb"));
	snprintf(a.sun_path, sizeof a.sun_path, "%.100s", p->path);
	snprintf(p->source, sizeof p->source, "qemu-gdb:%s", p->path);
	unlink(p->path);
	if (pipe(pipes) < 0 || bind(listener, (struct sockaddr *)&a, sizeof a) < 0 || listen(listener, 1) < 0)
		bail("no socket: %s", strerror(errno));
	fflush(stdout);
	p->pid = fork();
	if (p->pid == 0) {
		close(pipes[0]);
		alarm(20);
		signal(SIGPIPE, SIG_IGN);
		report_fd = pipes[1];
		peer_fd = accept(listener, NULL, NULL);
		serve(s);
		_exit(0);
	}
	close(listener);
	close(pipes[1]);
	p->report = pipes[0];
}

/* Whether it was told to let the guest run. */
static bool detached(struct peer *p)
{
	char c = 0;
	struct pollfd w = {.fd = p->report, .events = POLLIN};
	bool told = poll(&w, 1, 200) > 0 && read(p->report, &c, 1) == 1 && c == 'D';
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->report);
	unlink(p->path);
	return told;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A peer that answers may be slow on a busy machine; one that stalls is not waited for that long. */
static const struct ptk_mem_opts opts = {.timeout_ms = 30000}, impatient = {.timeout_ms = 1000};

static bool right(struct ptk_mem *m, uint64_t pa, size_t len)
{
	uint8_t *b = malloc(len);
	struct ptk_err err = {0};
	bool good = ptk_mem_read(m, pa, b, len, &err) == 0;
	for (size_t i = 0; good && i < len; i++)
		good = b[i] == byte_at(pa + i);
	if (!good)
		printf("# %s\n", err.msg);
	free(b);
	return good;
}

static void behaves(const struct script *s, bool resumed)
{
	struct peer p;
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	start(&p, s);
	ok(ptk_mem_open(p.source, &opts, &m, &err) == 0, "%s: opens %s", s->name, err.msg);
	if (m) {
		const struct ptk_mem_info *i = ptk_mem_info(m);
		ok(i->live && strcmp(i->format, "qemu-gdb") == 0 && i->machine == 183 && !i->big_endian, "live arm64");
		ok(i->nextents == 2 && i->extent[0].first == 0x1000 && i->extent[0].last == 0x41fff && i->extent[1].first == 0x50000,
		   "its RAM and ROM, and no registers of devices");
		ok(i->nnotes == 1 && strcmp(i->note[0].name, "PTKIT") == 0 && i->note[0].type == PTK_NOTE_REGISTERS, "a note");
		char *text = strndup(i->note[0].data, i->note[0].size);
		is_str(text, "pc=0xffffff4030201000\nTCR_EL1=0x400035b5b503510\n", "of the registers that it has");
		free(text);
		ok(right(m, 0x1234, 8) && right(m, 0x1ffc, 8) && right(m, 0x1000, 4096), "a word, across pages, a page");
		ok(right(m, 0x1001, 0x40ffe), "260 KiB at odd ends");
		uint8_t b[8];
		is_int(ptk_mem_read(m, 0xff8, b, 8, NULL), PTK_E_NODATA, "a device is not read");
		is_int(ptk_mem_read(m, 0x41ffc, b, 8, NULL), PTK_E_NODATA, "nor what is not there");
	}
	ptk_mem_close(m);
	is_int(detached(&p), resumed, "and leaves the guest %s", resumed ? "running" : "stopped");
}

/* The notes that come of a list of CPUs, each with a newline of its own. */
static void cpus(const struct script *s, const char *want)
{
	struct peer p;
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	char text[20000] = "";
	start(&p, s);
	ok(ptk_mem_open(p.source, &opts, &m, &err) == 0, "%s: opens %s", s->name, err.msg);
	for (size_t i = 0, n = 0; m && i < ptk_mem_info(m)->nnotes; i++) {
		const struct ptk_note *note = &ptk_mem_info(m)->note[i];
		if (note->type == PTK_NOTE_REGISTERS)
			n += (size_t)snprintf(text + n, sizeof text - n, "%.*s\n", (int)note->size, (const char *)note->data);
	}
	is_str(text, want, "a note for each CPU");
	ptk_mem_close(m);
	ok(detached(&p), "and the guest runs");
}

static void many_cpus(void)
{
#define CPU(last) "pc=0xffffff40302010" last "\nTCR_EL1=0x400035b5b503510\n\n"
	static char endless[64 * sizeof CPU("00") + 1];
	cpus(&(struct script){"two CPUs", .ran = true, .threads = "m01,02", .more = "l"}, CPU("00") CPU("08"));
	cpus(&(struct script){"in two parts", .ran = true, .threads = "m02", .more = "l"}, CPU("08"));
	cpus(&(struct script){"one that cannot be chosen", .ran = true, .threads = "m01,09,02", .more = "l"}, CPU("00") CPU("08"));
	cpus(&(struct script){"none that can", .ran = true, .threads = "m09", .more = "l"}, CPU("00"));
	cpus(&(struct script){"names that are none", .ran = true, .threads = "m02,;Hg01,0123456789012345678901234,", .more = "l"}, CPU("08"));
	cpus(&(struct script){"an empty list", .ran = true, .threads = "l", .more = "l"}, CPU("00"));
	for (int i = 0; i < 64; i++)
		strcat(endless, CPU("00"));
	cpus(&(struct script){"CPUs without end", .ran = true, .threads = "m01", .more = "m01"}, endless);
	cpus(&(struct script){"x86", .ran = true, .threads = "m01,02", .more = "l", .arch = "x"},
	     "rip=0xffffff4030201000\nidt=0xff400000\n\nrip=0xffffff4030201008\n\n");
}

/* Opening or reading must end with a sentence, soon; a guest that ran is let go wherever anybody still listens. */
static void hostile(const struct script *s, int code, const char *says, bool resumed)
{
	struct peer p;
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	uint8_t buf[4096];
	start(&p, s);
	int64_t began = now_ms();
	int r = ptk_mem_open(p.source, code == PTK_E_TIMEOUT ? &impatient : &opts, &m, &err);
	bool opened = r == 0;
	if (opened)
		r = ptk_mem_read(m, 0x2000, buf, sizeof buf, &err);
	is_int(r, code, "%s", s->name);
	has_str(err.msg, says, "says so");
	if (opened && code != PTK_E_NODATA)
		ok(ptk_mem_read(m, 0x9000, buf, 8, NULL) < 0, "and goes on to fail");
	ptk_mem_close(m);
	ok(now_ms() - began < 15000, "in bounded time");
	is_int(detached(&p), resumed, "guest %s", resumed ? "let go" : "not let go");
}

/* What was read, and what was read ahead, is there when the guest runs again; the rest is not. */
static void released(void)
{
	static const struct ptk_extent ahead[] = {{0x2000, 0x2fff}, {0x5800, 0x8123}, {0x8400, 0x8fff}, {0x41f00, 0x51fff}};
	struct peer p;
	struct ptk_mem *m = NULL;
	uint8_t b[8];
	start(&p, &(struct script){"released", .ran = true});
	is_int(ptk_mem_open(p.source, &opts, &m, NULL), 0, "opened, to be released");
	ok(right(m, 0x1230, 16), "read");
	is_int(ptk_mem_fetch_(m, ahead, 4), 0, "read ahead");
	ptk_mem_release(m);
	ok(detached(&p), "the guest runs while the mem is still open");
	ok(right(m, 0x1230, 16) && right(m, 0x1000, 8), "the block that was read is still there");
	ok(right(m, 0x2000, 4096) && right(m, 0x5ff0, 0x2800) && right(m, 0x50000, 0x2000), "and what was read ahead");
	const uint8_t *map = ptk_mem_map(m, 0x2345, 100);
	ok(map && map[0] == byte_at(0x2345) && map[99] == byte_at(0x2345 + 99), "which can be mapped, in a block");
	ok(!ptk_mem_map(m, 0x2ff0, 100) && !ptk_mem_map(m, 0x9000, 8), "no more than that");
	is_int(ptk_mem_read(m, 0x9000, b, 8, NULL), PTK_E_IO, "the rest cannot be read any more");
	ptk_mem_close(m);
}

static void hostiles(void)
{
	static char longest[300001];
	memset(longest, 'a', sizeof longest - 1);
	longest[0] = '$';
	hostile(&(struct script){"stalls on the first question", .on = "qSupported", .stall = true, .ran = true}, PTK_E_TIMEOUT, "did not answer",
	        false);
	hostile(&(struct script){"hangs up on the first question", .on = "qSupported", .close = true}, PTK_E_IO, "closed", false);
	hostile(&(struct script){"floods", .on = "qSupported", .flood = true}, PTK_E_TIMEOUT, "did not answer", false);
	hostile(&(struct script){"a packet without end", .on = "qSupported", .raw = longest, .ran = true}, PTK_E_LIMIT, "longer", true);
	hostile(&(struct script){"no physical memory", .on = "Qqemu", .raw = "$#00", .ran = true}, PTK_E_NOTSUP, "physical memory", true);
	hostile(&(struct script){"wrong sums for ever", .bad_sums = 1000, .ran = false}, PTK_E_IO, "checksums", false);
	hostile(&(struct script){"a run of nothing", .on = "qXfer", .raw = "$*a#8b", .ran = true}, PTK_E_BADFMT, "decoded", true);
	hostile(&(struct script){"an empty part for ever", .on = "qXfer", .raw = "$m#6d", .ran = true}, PTK_E_BADFMT, "something else", true);
	hostile(&(struct script){"a description without end", .on = "qXfer", .raw = "$m<a>aaaaaaaaaaa#15", .ran = true}, PTK_E_TIMEOUT,
	        "did not answer", true);
	hostile(&(struct script){"one that includes itself", .on = "qXfer", .raw = "$l<xi:include href=\"target.xml\"/>#60", .ran = true},
	        PTK_E_LIMIT, "too large", true);
	hostile(&(struct script){"a monitor that does not print text", .on = "qRcmd", .raw = "$Oxy#40", .ran = true}, PTK_E_BADFMT, "not text", true);
	hostile(&(struct script){"stalls on memory", .on = "m", .stall = true, .ran = true}, PTK_E_TIMEOUT, "timed out", false);
	hostile(&(struct script){"hangs up on memory", .on = "m", .close = true, .ran = true}, PTK_E_IO, "cannot read 4096 bytes", false);
	hostile(&(struct script){"refuses memory", .on = "m", .raw = "$E14#aa", .ran = true}, PTK_E_NODATA, "not in the picture", true);
	hostile(&(struct script){"too little memory", .on = "m", .raw = "$0011#c2", .ran = true}, PTK_E_NODATA, "not in the picture", true);
	hostile(&(struct script){"half a byte", .on = "m", .raw = "$00110#f2", .ran = true}, PTK_E_BADFMT, "cannot read", true);
	hostile(&(struct script){"a wrong sum on memory", .on = "m", .raw = "$0011#c3", .ran = true}, PTK_E_IO, "cannot read", true);
	hostile(&(struct script){"NUL and noise before the answers", .on = "m", .raw = "\x01\xff%%%$E01#a6", .ran = true}, PTK_E_NODATA, "not in",
	        true);
}

static void addresses(void)
{
	static const struct {
		const char *source, *says;
		int code;
	} bad[] = {
		{"qemu-gdb:", "HOST:PORT", PTK_E_INVAL},       {"qemu-gdb:localhost", "HOST:PORT", PTK_E_INVAL},
		{"qemu-gdb::", "HOST:PORT", PTK_E_INVAL},      {"qemu-gdb::12a", "HOST:PORT", PTK_E_INVAL},
		{"qemu-gdb::1", "refused", PTK_E_IO},          {"qemu-gdb:[::1]:1", "cannot connect", PTK_E_IO},
		{"qemu-gdb:/nonexistent/socket", "No such file", PTK_E_IO},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ptk_mem *m = NULL;
		struct ptk_err err = {0};
		is_int(ptk_mem_open(bad[i].source, &opts, &m, &err), bad[i].code, "%s", bad[i].source);
		has_str(err.msg, bad[i].says, "says why");
	}
}

int main(void)
{
	behaves(&(struct script){"a guest that ran", .ran = true}, true);
	behaves(&(struct script){"a guest that was stopped", .ran = false}, false);
	behaves(&(struct script){"without acknowledgements", .ran = true, .no_ack = true}, true);
	behaves(&(struct script){"with runs", .ran = true, .rle = true}, true);
	behaves(&(struct script){"two wrong sums", .ran = false, .bad_sums = 2}, false);
	behaves(&(struct script){"a stub that does not say", .version = "9.1.0\r\n"}, true);
	released();
	many_cpus();
	hostiles();
	addresses();
	mk_cleanup();
	return done();
}
