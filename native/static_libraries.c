/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What lets Debian's libbpf.a and libelf.a, compiled for executables, be part of a shared object.
 *
 * libbpf addresses stderr relative to its own code; a shared object may only do so for a variable of its own. The linker
 * is told to use this one instead (--wrap=stderr). libbpf writes to it only from its default print function, which
 * log.cpp replaces before anything else.
 *
 * libelf keeps its error number in thread-local storage at an offset that only an executable has. These three functions
 * are all that its elf_error.o defines; since they are found here first, that file is never linked in.
 */
#include <stdio.h>

FILE *__wrap_stderr;

static __thread int last_error;

void __libelf_seterrno(int value);
int elf_errno(void);
const char *elf_errmsg(int error);

void __libelf_seterrno(int value)
{
	last_error = value;
}

int elf_errno(void)
{
	int error = last_error;

	last_error = 0;
	return error;
}

const char *elf_errmsg(int error)
{
	if (error == 0)
		return NULL;
	return "not a valid ELF file";
}
