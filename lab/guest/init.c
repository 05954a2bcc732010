// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
// The whole user space of a guest of the lab. It loads what modules there are, maps user memory of every kind, and
// answers requests on the serial console, one a line; wire.c has the form of requests and answers.
//
// Whoever asks compares what the kernel says of its page tables with an image of the guest, so that nothing may
// change by asking: all memory used here is static and touched before the first answer.
#include "lab.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

static struct slot slots[SLOTS] __attribute__((aligned(65536)));
static int stream = -1;
static size_t piece_at, piece_end;
static pid_t others[2];

static void mounts(void)
{
	static const char *const table[][2] = {
		{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"debugfs", "/sys/kernel/debug"}, {"tmpfs", "/tmp"}};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		mkdir(table[i][1], 0755);
		mount(table[i][0], table[i][1], table[i][0], 0, "");
	}
}

static int load_module(const char *name)
{
	char path[300];
	int fd, r;

	snprintf(path, sizeof(path), "/mod/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -1 : (int)syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return r;
}

// They may need each other: as long as one more can be loaded.
static void load_modules(void)
{
	struct dirent *e;
	int loaded;
	DIR *folder;

	do {
		loaded = 0;
		folder = opendir("/mod");
		while (folder && (e = readdir(folder)))
			loaded += strstr(e->d_name, ".ko") && !load_module(e->d_name);
		if (folder)
			closedir(folder);
	} while (loaded);
}

// The console without echo or any translation, and the kernel's messages off it.
static void quiet(void)
{
	struct termios t;

	klogctl(8, NULL, 1);
	if (!tcgetattr(0, &t)) {
		cfmakeraw(&t);
		tcsetattr(0, TCSANOW, &t);
	}
}

int fill(struct slot *s, int fd)
{
	ssize_t n = 0;

	s->len = 0;
	while (s->len < SLOT_SIZE && (n = read(fd, s->data + s->len, SLOT_SIZE - s->len)) > 0)
		s->len += n;
	return n < 0 ? -errno : 0;
}

static struct slot *slot_of(const char *word)
{
	unsigned long i = word ? strtoul(word, NULL, 10) : SLOTS;

	return i < SLOTS ? &slots[i] : NULL;
}

static void answer_slot(unsigned id, const struct slot *s, int err)
{
	if (err)
		wire_fail(id, -err);
	else
		wire_ok(id, "%zu %08x", s->len, wire_crc(s->data, s->len));
}

int fill_from(struct slot *s, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : fill(s, fd);

	if (fd >= 0)
		close(fd);
	else
		s->len = 0;
	return err;
}

// keep SLOT PATH: the file as it is now
static void do_keep(unsigned id, char **word)
{
	struct slot *s = slot_of(word[0]);

	if (!s || !word[1])
		wire_fail(id, EINVAL);
	else
		answer_slot(id, s, fill_from(s, word[1]));
}

// open PATH, next SLOT OFFSET: a long file, piece by piece. The last piece may be asked for again: its answer may have been lost.
static void do_open(unsigned id, char **word)
{
	if (stream >= 0)
		close(stream);
	stream = word[0] ? open(word[0], O_RDONLY | O_CLOEXEC) : -1;
	piece_at = piece_end = 0;
	if (stream < 0)
		wire_fail(id, errno);
	else
		wire_ok(id, "open");
}

static void do_next(unsigned id, char **word)
{
	struct slot *s = slot_of(word[0]);
	size_t at = s && word[1] ? strtoul(word[1], NULL, 10) : 1;
	int err = 0;

	if (!s || (at != piece_end && at != piece_at)) {
		wire_fail(id, EINVAL);
		return;
	}
	if (at == piece_end) {
		err = fill(s, stream);
		piece_at = at;
		piece_end = at + s->len;
	}
	answer_slot(id, s, err);
}

// send SLOT OFFSET LENGTH
static void do_send(unsigned id, char **word)
{
	const struct slot *s = slot_of(word[0]);
	size_t at = word[0] && word[1] ? strtoul(word[1], NULL, 10) : 0;
	size_t n = word[0] && word[1] && word[2] ? strtoul(word[2], NULL, 10) : 0;

	if (!s || at > s->len || n > s->len - at)
		wire_fail(id, EINVAL);
	else
		wire_data(id, s->data, at, n);
}

// pagemap SLOT PID: "VA ENTRY" of each page that has one
static void do_pagemap(unsigned id, char **word)
{
	struct slot *s = slot_of(word[0]);
	int n;

	if (!s || !word[1]) {
		wire_fail(id, EINVAL);
		return;
	}
	n = pagemap_text(word[1], s->data, SLOT_SIZE);
	s->len = n < 0 ? 0 : (size_t)n;
	answer_slot(id, s, n < 0 ? n : 0);
}

// run OUTPUT BEFORE AFTER FILE PROGRAM ARGUMENT...: a program's output and its status as wait() has it; FILE as it is when
// the program starts and when it ends. Answers as three slots do, and the status.
static void do_run(unsigned id, char **word)
{
	struct slot *out = slot_of(word[0]), *before = out ? slot_of(word[1]) : NULL, *after = before ? slot_of(word[2]) : NULL;
	int status;

	if (!after || !word[3] || !word[4]) {
		wire_fail(id, EINVAL);
		return;
	}
	status = run_watched(out, before, after, word[3], word + 4);
	if (status < 0)
		wire_fail(id, -status);
	else
		wire_ok(id, "%zu %08x %zu %08x %zu %08x %d", out->len, wire_crc(out->data, out->len), before->len,
			wire_crc(before->data, before->len), after->len, wire_crc(after->data, after->len), status);
}

// Two more processes, which share what init has mapped until each writes some of it, and sleep.
static void fork_others(void)
{
	for (int i = 0; i < 2; i++) {
		others[i] = fork();
		if (!others[i]) {
			memset(slots[i].data, 2, SLOT_SIZE / 4);
			for (;;)
				pause();
		}
	}
}

// spin COUNT: processes that do not leave user mode of themselves; they all work by the time of the answer
static void do_spin(unsigned id, char **word)
{
	unsigned long count = word[0] ? strtoul(word[0], NULL, 10) : 1, ready = 0;
	pid_t child = 0;
	int ends[2];
	char c;

	if (pipe(ends)) {
		wire_fail(id, errno);
		return;
	}
	for (unsigned long i = 0; i < count && child >= 0; i++) {
		child = fork();
		if (!child)
			spin(ends[1]);
	}
	close(ends[1]);
	while (ready < count && read(ends[0], &c, 1) == 1)
		ready++;
	close(ends[0]);
	if (ready < count)
		wire_fail(id, EAGAIN);
	else
		wire_ok(id, "%d", (int)child);
}

static void do_hello(unsigned id, char **word)
{
	wire_ok(id, "%ld %ld %d %d", sysconf(_SC_PAGESIZE), sysconf(_SC_NPROCESSORS_ONLN), others[0], others[1]);
}

static const struct {
	const char *word;
	void (*run)(unsigned id, char **word);
} verbs[] = {
	{"hello", do_hello}, {"keep", do_keep}, {"open", do_open},       {"next", do_next},
	{"send", do_send},   {"run", do_run},   {"pagemap", do_pagemap}, {"spin", do_spin},
};

int main(void)
{
	char *word[MAX_WORDS];
	unsigned id;
	size_t i;

	mounts();
	quiet();
	load_modules();
	for (i = 0; i < SLOTS; i++)
		memset(slots[i].data, 1, SLOT_SIZE);
	map_memory();
	fork_others();
	wire_greet();
	for (;;) {
		id = wire_request(word);
		for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]) && strcmp(verbs[i].word, word[0]); i++)
			;
		if (i < sizeof(verbs) / sizeof(verbs[0]))
			verbs[i].run(id, word + 1);
		else
			wire_fail(id, ENOSYS);
	}
}
