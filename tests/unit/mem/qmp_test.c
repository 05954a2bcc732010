// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The client against a peer that follows a script: one that behaves as QEMU 7.2 does, with its RAM in a shared file, in its
 * own memory, behind a name, or only to be had as a dump; and ones that lie, stall, close and send garbage.
 */
#include "mem/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/mk.h"
#include "lib/tap.h"

#define RAM_AT 0x40000000u
#define RAM_SIZE 0x400000u
#define ROM_SIZE 0x1000u

enum where { SHARED, OWN, NAMED, NOWHERE };

/* What one peer does otherwise than QEMU. */
struct script {
	const char *name;
	enum where where;
	bool stopped;   /* the guest does not run */
	bool tcp;
	bool lies;      /* the monitor reads something else than what is there */
	bool events;    /* many, between a command and its answer */
	bool no_dump, dump_fails, dump_stalls;
	const char *mem_path; /* NULL: the file's own */
	const char *on, *raw; /* to lines with this in them, answer with these bytes as they are */
	bool close, stall, flood; /* instead of answering such a line: hang up, say nothing, send without end */
};

static uint8_t *ram, *rom;
static int ram_fd, peer_fd, report_fd;
static struct mk_buf core;

static uint8_t byte_at(uint64_t pa)
{
	return (uint8_t)(pa * 7 + (pa >> 8) * 13 + (pa >> 12));
}

/* Every other 64 KiB is a hole. */
static bool written(uint64_t pa)
{
	return pa < RAM_AT || (pa >> 16) % 2 == 0;
}

static void put(const char *p, size_t n)
{
	while (n) {
		ssize_t r = write(peer_fd, p, n);
		if (r <= 0)
			_exit(0);
		p += r;
		n -= (size_t)r;
	}
}

/* A line, and the file that came with it. */
static size_t take(char *line, size_t room, int *file)
{
	size_t n = 0;
	while (n + 1 < room && (n == 0 || line[n - 1] != '\n')) {
		union {
			char bytes[CMSG_SPACE(sizeof(int))];
			struct cmsghdr align;
		} control;
		struct iovec part = {line + n, 1};
		struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
		if (recvmsg(peer_fd, &m, 0) != 1)
			_exit(0);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);
		if (c && c->cmsg_type == SCM_RIGHTS)
			memcpy(file, CMSG_DATA(c), sizeof *file);
		n++;
	}
	line[n] = 0;
	return n;
}

static void answer_text(const char *id, const char *value)
{
	char out[4096];
	int n = snprintf(out, sizeof out, "{\"return\": %s, \"id\": %s}\r\n", value, id);
	put(out, (size_t)n);
}

static void refuse(const char *id)
{
	char out[300];
	int n = snprintf(out, sizeof out, "{\"id\": %s, \"error\": {\"class\": \"GenericError\", \"desc\": \"not to be had\"}}\r\n", id);
	put(out, (size_t)n);
}

static const uint8_t *at(uint64_t pa)
{
	if (pa < ROM_SIZE)
		return rom + pa;
	return pa >= RAM_AT && pa < RAM_AT + RAM_SIZE ? ram + (pa - RAM_AT) : NULL;
}

static void monitor(const struct script *s, const char *id, const char *line)
{
	char out[3000] = "\"";
	unsigned long long pa = 0;
	if (strstr(line, "info mtree -f")) {
		snprintf(out, sizeof out,
		         "\"FlatView #0\\r\\n AS \\\"memory\\\", root: system\\r\\n  %016x-%016x (prio 0, rom): r.om\\r\\n"
		         "  %016x-%016x (prio 0, ram): ram0\\r\\n\"",
		         0, ROM_SIZE - 1, RAM_AT, RAM_AT + RAM_SIZE - 1);
	} else if (sscanf(strstr(line, "0x") ? strstr(line, "0x") : "", "%llx", &pa) == 1 && strstr(line, "gpa2hva")) {
		if (s->where == SHARED || s->where == OWN)
			snprintf(out, sizeof out, "\"Host virtual address for 0x%llx (ram0) is %p\\r\\n\"", pa, (const void *)at(pa));
		else
			snprintf(out, sizeof out, "\"No memory is mapped at address 0x%llx\\r\\n\"", pa);
	} else if (strstr(line, "xp /32xb")) {
		for (unsigned i = 0; i < 32; i++)
			snprintf(out + strlen(out), sizeof out - strlen(out), "%s 0x%02x", i % 8 ? "" : i ? "\\r\\n0000000000000000:" : "0:",
			         at(pa)[i] ^ (s->lies ? 1 : 0));
		strcat(out, "\\r\\n\"");
	} else if (strstr(line, "info registers")) {
		snprintf(out, sizeof out, "\"\\r\\nCPU#0\\r\\nRIP=ffffffff9ea761f3 RFL=00000246\\r\\n"
		         "CR0=80050033 CR2=00007f47f07ff000 CR3=0000000000920000 CR4=003516b0\\r\\nEFER=0000000000000d01\\r\\n\"");
	} else {
		strcat(out, "unknown command\\r\\n\"");
	}
	answer_text(id, out);
}

/* The dump: into the file that was handed over, or one that is named. */
static void dump(const struct script *s, const char *id, const char *line, int file)
{
	const char *path = strstr(line, "file:");
	char name[300] = "";
	if (s->no_dump || !strstr(line, "\"detach\":true")) {
		refuse(id);
		return;
	}
	if (path)
		snprintf(name, sizeof name, "%.*s", (int)strcspn(path + 5, "\""), path + 5);
	if (path)
		file = open(name, O_WRONLY | O_TRUNC);
	if (!s->dump_fails && write(file, core.p, core.n) != (ssize_t)core.n)
		_exit(1);
	answer_text(id, "{}");
}

static void query_dump(const struct script *s, const char *id)
{
	static unsigned asked;
	if (s->dump_stalls || asked++ < 3)
		answer_text(id, "{\"status\": \"active\", \"completed\": 1000, \"total\": 4000}");
	else if (s->dump_fails)
		answer_text(id, "{\"status\": \"failed\", \"completed\": 1000, \"total\": 4000}");
	else
		answer_text(id, "{\"status\": \"completed\", \"completed\": 4000, \"total\": 4000}");
}

static void property(const struct script *s, const char *id, const char *line)
{
	char out[400];
	if (s->where != NAMED || !strstr(line, "/objects/ram0")) {
		refuse(id);
		return;
	}
	snprintf(out, sizeof out, "\"%s\"", s->mem_path ? s->mem_path : "");
	if (strstr(line, "\"share\""))
		answer_text(id, "true");
	else if (strstr(line, "mem-path"))
		answer_text(id, out);
	else
		refuse(id); /* offset: QEMU 7.2 has none */
}

static void tell(const char *what)
{
	if (write(report_fd, what, 1) != 1)
		_exit(1);
}

static void answer(const struct script *s, const char *line, int *file)
{
	char id[40] = "0";
	const char *p = strstr(line, "\"id\":");
	if (p)
		snprintf(id, sizeof id, "%.*s", (int)strcspn(p + 5, ",}"), p + 5);
	static const char event[] = "{\"event\": \"RTC_CHANGE\", \"data\": {\"id\": 1, \"return\": {}}, \"timestamp\": {\"seconds\": 1}}\r\n";
	for (int i = 0; s->events && i < 50; i++)
		put(event, sizeof event - 1);
	if (strstr(line, "qmp_capabilities"))
		answer_text(id, "{}");
	else if (strstr(line, "query-status"))
		answer_text(id, s->stopped ? "{\"status\": \"paused\", \"running\": false}" : "{\"status\": \"running\", \"running\": true}");
	else if (strstr(line, "\"stop\"") || strstr(line, "\"cont\""))
		tell(strstr(line, "\"stop\"") ? "S" : "C"), answer_text(id, "{}");
	else if (strstr(line, "human-monitor-command"))
		monitor(s, id, line);
	else if (strstr(line, "query-target"))
		answer_text(id, "{\"arch\": \"x86_64\"}");
	else if (strstr(line, "getfd") && *file >= 0)
		answer_text(id, "{}");
	else if (strstr(line, "dump-guest-memory"))
		dump(s, id, line, *file);
	else if (strstr(line, "query-dump"))
		query_dump(s, id);
	else if (strstr(line, "qom-get"))
		property(s, id, line);
	else
		refuse(id);
}

static void misbehave(const struct script *s)
{
	if (s->close)
		_exit(0);
	while (s->stall)
		pause();
	while (s->flood)
		put("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 64);
	put(s->raw, strlen(s->raw));
}

static void serve(const struct script *s)
{
	static const char greeting[] = "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}}, \"capabilities\": [\"oob\"]}}\r\n";
	char line[3000];
	int file = -1;
	bool early = s->on && strcmp(s->on, "greeting") == 0;
	if (early)
		misbehave(s);
	else
		put(greeting, sizeof greeting - 1);
	for (;;) {
		if (take(line, sizeof line, &file) < 2)
			continue;
		if (s->on && strstr(line, s->on))
			misbehave(s);
		else
			answer(s, line, &file);
	}
}

struct peer {
	pid_t pid;
	int report;
	char source[220];
};

static void fill(uint8_t *p, uint64_t pa, uint64_t size)
{
	for (uint64_t i = 0; i < size; i++)
		if (written(pa + i))
			p[i] = byte_at(pa + i);
}

/* The peer's own RAM: the file that it maps is this process's too, but not its mapping. */
static void child(const struct script *s, int listener)
{
	alarm(20);
	signal(SIGPIPE, SIG_IGN);
	int flags = s->where == OWN ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, flags, s->where == OWN ? -1 : ram_fd, 0);
	rom = mmap(NULL, ROM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->where == OWN)
		fill(ram, RAM_AT, RAM_SIZE);
	fill(rom, 0, ROM_SIZE);
	if (listen(listener, 1) < 0) /* who listens is who the socket says it is */
		_exit(1);
	tell("L");
	peer_fd = accept(listener, NULL, NULL);
	serve(s);
	_exit(0);
}

static void start(struct peer *p, const struct script *s)
{
	int pipes[2], listener = socket(s->tcp ? AF_INET : AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof in;
	char c;
	snprintf(a.sun_path, sizeof a.sun_path, "%.100s", mk_path("qmp"));
	unlink(a.sun_path);
	bool bound = s->tcp ? bind(listener, (struct sockaddr *)&in, sizeof in) == 0 && getsockname(listener, (struct sockaddr *)&in, &len) == 0
	                    : bind(listener, (struct sockaddr *)&a, sizeof a) == 0;
	if (pipe(pipes) < 0 || !bound)
		bail("no socket: %s", strerror(errno));
	if (s->tcp)
		snprintf(p->source, sizeof p->source, "qmp:127.0.0.1:%u", ntohs(in.sin_port));
	else
		snprintf(p->source, sizeof p->source, "qmp:%s", a.sun_path);
	fflush(stdout);
	p->pid = fork();
	if (p->pid == 0) {
		close(pipes[0]);
		report_fd = pipes[1];
		child(s, listener);
	}
	close(listener);
	close(pipes[1]);
	p->report = pipes[0];
	if (read(p->report, &c, 1) != 1)
		bail("the peer did not start");
}

/* What was asked of the guest: "SC" is a stop and a cont. */
static const char *asked(struct peer *p)
{
	static char all[32];
	size_t n = 0;
	struct pollfd w = {.fd = p->report, .events = POLLIN};
	while (n + 1 < sizeof all && poll(&w, 1, 100) > 0 && read(p->report, all + n, 1) == 1)
		n++;
	all[n] = 0;
	kill(p->pid, SIGKILL);
	waitpid(p->pid, NULL, 0);
	close(p->report);
	return all;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* A busy machine is no reason to fail; only those that wait in vain need not wait long. */
static const struct ptk_mem_opts opts = {.timeout_ms = 3000}, hasty = {.timeout_ms = 600};

static bool right(struct ptk_mem *m, uint64_t pa, size_t len)
{
	uint8_t *b = malloc(len);
	struct ptk_err err = {0};
	bool good = ptk_mem_read(m, pa, b, len, &err) == 0;
	for (size_t i = 0; good && i < len; i++)
		good = b[i] == (written(pa + i) ? byte_at(pa + i) : 0);
	if (!good)
		printf("# 0x%llx: %s\n", (unsigned long long)pa, err.msg);
	free(b);
	return good;
}

static uint64_t blocks(void)
{
	struct stat st;
	return fstat(ram_fd, &st) == 0 ? (uint64_t)st.st_blocks : 0;
}

static void contents(struct ptk_mem *m, const char *format, bool live, bool has_rom)
{
	const struct ptk_mem_info *i = ptk_mem_info(m);
	uint8_t b[8];
	ok(strcmp(i->format, format) == 0 && i->machine == 62 && i->live == live, "%s, x86-64", i->format);
	ok(i->nextents == 1u + has_rom && i->extent[has_rom].first == RAM_AT && i->extent[has_rom].last == RAM_AT + RAM_SIZE - 1, "its RAM");
	ok(right(m, RAM_AT, 4096) && right(m, RAM_AT + 0xfffc, 8) && right(m, RAM_AT + 0x10000, 8), "a page, the edge of a hole, a hole");
	ok(right(m, RAM_AT + 1, RAM_SIZE - 2), "all of it");
	ok(!has_rom || right(m, 0, ROM_SIZE), "its ROM");
	is_int(ptk_mem_read(m, RAM_AT - 4, b, 8, NULL), PTK_E_NODATA, "nothing before it");
}

static const char registers[] = "rip=0xffffffff9ea761f3\ncr0=0x80050033\ncr2=0x7f47f07ff000\ncr3=0x920000\ncr4=0x3516b0\nefer=0xd01\n";

static void behaves(const struct script *s, const char *format, const char *calls)
{
	struct peer p;
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	uint64_t before = blocks();
	start(&p, s);
	ok(ptk_mem_open(p.source, &opts, &m, &err) == 0, "%s: opens %s", s->name, err.msg);
	if (m) {
		bool dump = strstr(format, "dump") != NULL, shared = strstr(format, "shared") != NULL;
		contents(m, format, !dump, !dump && s->where != NAMED);
		const struct ptk_mem_info *i = ptk_mem_info(m);
		bool note = false;
		for (size_t k = 0; k < i->nnotes; k++)
			note |= i->note[k].type == PTK_NOTE_REGISTERS && i->note[k].size == sizeof registers - 1 &&
			        !memcmp(i->note[k].data, registers, sizeof registers - 1);
		ok(note == (!dump || s->stopped), "registers, if they are of the same moment");
		ok((ptk_mem_map(m, RAM_AT, 4096) != NULL) == (shared || dump), "what is written is mapped, or not");
		ok(!shared || !ptk_mem_map(m, RAM_AT + 0x10000, 4096), "a hole never is: touching it would fill it");
	}
	ptk_mem_close(m);
	is_u64(blocks(), before, "the guest's file takes no more room than before");
	is_str(asked(&p), calls, "and the guest is left as it was");
}

static void hostile(const struct script *s, int code, const char *says, const char *calls)
{
	struct peer p;
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	start(&p, s);
	int64_t began = now_ms();
	int r = ptk_mem_open(p.source, code == PTK_E_TIMEOUT ? &hasty : &opts, &m, &err);
	/* Who sends without end may be too slow for the limit. */
	if (code == PTK_E_LIMIT && r == PTK_E_TIMEOUT)
		skip("%s: out of time", s->name);
	else if (is_int(r, code, "%s", s->name))
		has_str(err.msg, says, "says so");
	ok(!m && now_ms() - began < 15000, "in bounded time");
	ptk_mem_close(m);
	is_str(asked(&p), calls, "what was asked of the guest");
}

static void hostiles(void)
{
	static char longest[10000001], deep[100002], lone[] = "{\"return\": {}}\r\n";
	memset(longest, ' ', sizeof longest - 1);
	memset(deep, '[', sizeof deep - 2);
	deep[sizeof deep - 2] = '\n';
	hostile(&(struct script){"stalls at once", .on = "greeting", .stall = true}, PTK_E_TIMEOUT, "did not answer", "");
	hostile(&(struct script){"hangs up at once", .on = "greeting", .close = true}, PTK_E_IO, "closed", "");
	hostile(&(struct script){"another protocol", .on = "greeting", .raw = "220 mail.example.org ESMTP\r\n"}, PTK_E_BADFMT, "does not speak QMP", "");
	hostile(&(struct script){"JSON, but no greeting", .on = "greeting", .raw = "{\"a\": 1}\r\n"}, PTK_E_BADFMT, "-qmp", "");
	hostile(&(struct script){"floods", .on = "greeting", .flood = true}, PTK_E_LIMIT, "without end", "");
	hostile(&(struct script){"a line without end", .on = "qmp_cap", .raw = longest}, PTK_E_LIMIT, "without end", "");
	hostile(&(struct script){"deep nesting", .on = "qmp_cap", .raw = deep}, PTK_E_LIMIT, "too deep", "");
	hostile(&(struct script){"NUL", .on = "qmp_cap", .raw = "{\"return\": \x01}\r\n"}, PTK_E_BADFMT, "does not speak QMP", "");
	hostile(&(struct script){"an answer to nobody", .on = "qmp_cap", .raw = lone}, PTK_E_TIMEOUT, "did not answer", "");
	hostile(&(struct script){"an answer to another", .on = "qmp_cap", .raw = "{\"return\": {}, \"id\": 77}\r\n"}, PTK_E_TIMEOUT, "did not", "");
	hostile(&(struct script){"refuses", .on = "qmp_cap", .raw = "{\"error\": {\"desc\": 5}}\r\n"}, PTK_E_NOTSUP, "refuses qmp_capabilities", "");
	hostile(&(struct script){"no state", .on = "query-status", .raw = "{\"return\": {\"status\": 1}, \"id\": 2}\r\n"}, PTK_E_BADFMT,
	        "whether the guest runs", "");
	hostile(&(struct script){"a state that is text", .on = "query-status", .raw = "{\"return\": \"x\", \"id\": 2}\r\n"}, PTK_E_BADFMT,
	        "whether the guest runs", "");
	hostile(&(struct script){"stalls on the map", .on = "mtree", .stall = true}, PTK_E_TIMEOUT, "did not answer", "S");
	hostile(&(struct script){"hangs up on the map", .on = "mtree", .close = true}, PTK_E_IO, "closed", "S");
	hostile(&(struct script){"a map that is no text", .on = "mtree", .raw = "{\"return\": [], \"id\": 4}\r\n"}, PTK_E_BADFMT, "no text", "SC");
	hostile(&(struct script){"no map, no dump", .on = "mtree", .raw = "{\"return\": \"\", \"id\": 4}\r\n", .no_dump = true}, PTK_E_NOTSUP,
	        "where the guest's RAM is", "SC");
	hostile(&(struct script){"stalls on registers", .on = "info reg", .stall = true}, PTK_E_TIMEOUT, "did not answer", "S");
	hostile(&(struct script){"lies about its RAM", .lies = true, .no_dump = true}, PTK_E_NOTSUP, "not what the monitor reads", "SC");
	hostile(&(struct script){"lies about its own memory", .where = OWN, .lies = true, .no_dump = true}, PTK_E_NOTSUP, "not what", "SC");
	hostile(&(struct script){"addresses of nothing", .on = "gpa2hva",
	                         .raw = "{\"return\": \" is 0xfffffffffffffff0\", \"id\": 5}\r\n{\"return\": \" is 0x10\", \"id\": 6}\r\n",
	                         .no_dump = true},
	        PTK_E_NOTSUP, "cannot be shared", "SC");
	hostile(&(struct script){"a path to a device", .where = NAMED, .mem_path = "/dev/tty", .no_dump = true}, PTK_E_NOTSUP, "cannot be shared", "SC");
	hostile(&(struct script){"a path to a smaller file", .where = NAMED, .mem_path = "/etc/passwd", .no_dump = true}, PTK_E_NOTSUP, "cannot be", "SC");
	hostile(&(struct script){"a dump that fails", .where = NOWHERE, .dump_fails = true}, PTK_E_IO, "dump of the guest failed", "SC");
	hostile(&(struct script){"a dump that stalls", .where = NOWHERE, .dump_stalls = true}, PTK_E_TIMEOUT, "does not get on", "SC");
	hostile(&(struct script){"hangs up amid a dump", .where = NOWHERE, .on = "query-dump", .close = true}, PTK_E_IO, "closed", "SC");
	hostile(&(struct script){"no state of a dump", .where = NOWHERE, .on = "query-dump", .raw = "{\"return\": {}, \"id\": 12}\r\n"}, PTK_E_IO,
	        "dump of the guest failed", "SC");
}

/* A file that QEMU names: the right one, another of the same size, a pipe. */
static void names(void)
{
	char path[100];
	snprintf(path, sizeof path, "/proc/%d/fd/%d", getpid(), ram_fd);
	behaves(&(struct script){"a file by its name", .where = NAMED, .mem_path = path}, "qmp, shared RAM", "SC");
	struct mk_buf other = {0};
	mk_zero(&other, RAM_SIZE);
	memset(other.p, 0x55, other.n);
	char *same_size = strdup(mk_save(&other, "other"));
	hostile(&(struct script){"a file with something else in it", .where = NAMED, .mem_path = same_size, .no_dump = true}, PTK_E_NOTSUP,
	        "not what the monitor reads", "SC");
	const char *fifo = mk_path("fifo");
	unlink(fifo);
	ok(mkfifo(fifo, 0600) == 0, "a pipe");
	hostile(&(struct script){"a path to a pipe", .where = NAMED, .mem_path = fifo, .no_dump = true}, PTK_E_NOTSUP, "cannot be shared", "SC");
	mk_free(&other);
	free(same_size);
}

static void released(void)
{
	struct peer p;
	struct ptk_mem *m = NULL;
	uint8_t b[8];
	start(&p, &(struct script){"released"});
	is_int(ptk_mem_open(p.source, &opts, &m, NULL), 0, "opened, to be released");
	ptk_mem_release(m);
	is_str(asked(&p), "SC", "the guest runs while the mem is still open");
	is_int(ptk_mem_read(m, RAM_AT, b, 8, NULL), PTK_E_IO, "which cannot be read any more");
	ptk_mem_close(m);
	/* What was fetched outlives the release, as it was. */
	struct ptk_extent part = {RAM_AT + 0x2000, RAM_AT + 0x5fff};
	start(&p, &(struct script){"fetched"});
	is_int(ptk_mem_open(p.source, &opts, &m, NULL), 0, "opened, to be fetched from");
	is_int(ptk_mem_fetch_(m, &part, 1), 0, "fetches");
	is_int(ptk_mem_read(m, RAM_AT + 0x8000, b, 8, NULL), 0, "reads another page");
	ptk_mem_release(m);
	uint8_t other = 0xee;
	if (pwrite(ram_fd, &other, 1, 0x2000) != 1)
		bail("no way to change it");
	ok(right(m, RAM_AT + 0x2000, 0x4000) && right(m, RAM_AT + 0x8004, 16), "what was read can be read again, as it was");
	ok(ptk_mem_map(m, RAM_AT + 0x3000, 4096) != NULL, "and mapped");
	is_int(ptk_mem_read(m, RAM_AT, b, 8, NULL), PTK_E_IO, "but nothing else");
	asked(&p);
	ptk_mem_close(m);
	other = byte_at(RAM_AT + 0x2000);
	if (pwrite(ram_fd, &other, 1, 0x2000) != 1)
		bail("no way back");
}

static void addresses(void)
{
	static const struct {
		const char *source, *says;
		int code;
	} bad[] = {
		{"qmp:", "HOST:PORT", PTK_E_INVAL}, {"qmp:localhost", "HOST:PORT", PTK_E_INVAL}, {"qmp::", "HOST:PORT", PTK_E_INVAL},
		{"qmp::1", "refused", PTK_E_IO}, {"qmp:/nonexistent/socket", "No such file", PTK_E_IO},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ptk_mem *m = NULL;
		struct ptk_err err = {0};
		is_int(ptk_mem_open(bad[i].source, &opts, &m, &err), bad[i].code, "%s", bad[i].source);
		has_str(err.msg, bad[i].says, "says why");
	}
}

/* The guest's RAM as a file, and as the core that a dump of it is. */
static void make_ram(void)
{
	struct mk_ram all = {.n = 1, .region[0] = {RAM_AT, RAM_SIZE, calloc(1, RAM_SIZE)}};
	ram_fd = memfd_create("ram", 0);
	if (ram_fd < 0 || ftruncate(ram_fd, RAM_SIZE) < 0)
		bail("no memfd");
	fill(all.region[0].data, RAM_AT, RAM_SIZE);
	for (uint64_t off = 0; off < RAM_SIZE; off += 0x20000)
		if (pwrite(ram_fd, all.region[0].data + off, 0x10000, (off_t)off) != 0x10000)
			bail("no room");
	mk_elf(&core, &all, &(struct mk_elf){.wide = true, .machine = 62}, NULL);
	free(all.region[0].data);
}

int main(void)
{
	make_ram();
	behaves(&(struct script){"shared RAM"}, "qmp, shared RAM", "SC");
	behaves(&(struct script){"shared RAM of a guest that is stopped", .stopped = true}, "qmp, shared RAM", "");
	behaves(&(struct script){"events in between", .events = true}, "qmp, shared RAM", "SC");
	behaves(&(struct script){"QEMU's own memory", .where = OWN}, "qmp, QEMU's own memory", "SC");
	behaves(&(struct script){"a dump", .where = NOWHERE}, "qmp, QEMU's dump", "SC");
	behaves(&(struct script){"a dump of a guest that is stopped", .where = NOWHERE, .stopped = true}, "qmp, QEMU's dump", "");
	behaves(&(struct script){"a dump by name", .tcp = true}, "qmp, QEMU's dump", "SC");
	behaves(&(struct script){"a lie is found out", .lies = true}, "qmp, QEMU's dump", "SC");
	names();
	released();
	hostiles();
	addresses();
	mk_free(&core);
	mk_cleanup();
	return done();
}
