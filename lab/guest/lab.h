/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
#ifndef LAB_H
#define LAB_H

#include <stddef.h>
#include <stdint.h>

#define SLOTS	  8
#define SLOT_SIZE (640u << 10)
#define MAX_WORDS 32

struct slot {
	size_t len;
	char data[SLOT_SIZE];
};

/* init.c: a file, or as much as a slot holds; 0 or -errno */
int fill(struct slot *s, int fd);
int fill_from(struct slot *s, const char *path);

/* watch.c: run a program; its exit status, or -errno. FILE is read when the program's process is there but has done
 * nothing yet, and again when it has done everything but is still there. */
int run_watched(struct slot *out, struct slot *before, struct slot *after, const char *file, char **program);

/* wire.c: requests and answers */
uint32_t wire_crc(const void *data, size_t n);
/* Say that init is there, until somebody asks something. Nobody does before: a UART whose FIFO is full before its driver
 * starts may never interrupt again. */
void wire_greet(void);
/* Wait for a request: its number; its words, at least one, NULL after the last. */
unsigned wire_request(char *word[MAX_WORDS]);
void wire_ok(unsigned id, const char *format, ...) __attribute__((format(printf, 2, 3)));
void wire_fail(unsigned id, int error);
/* n bytes of data from `at` on, in pieces. */
void wire_data(unsigned id, const char *data, size_t at, size_t n);

/* memory.c: user memory of every kind */
void map_memory(void);
/* Write "VA ENTRY" lines of a process: their bytes, or -errno. */
int pagemap_text(const char *pid, char *out, size_t size);
/* Does not return; writes a byte to READY once it works. */
void spin(int ready) __attribute__((noreturn));

#endif
