/*
 * bare_program.h - a program of a few system calls, without the C library.
 *
 * A C library asks the processor what it can before main, and in a virtual
 * machine each of those questions ends up at the host: half a millisecond for a
 * program that then makes twenty calls. Where BARE_PROGRAM is 0, for processors
 * that this file does not know and for sanitizers, the same program has one.
 *
 * Include it in one file, which then has no main, but bare_main. No function
 * of the C library may be called there, and no data may point at data: nobody
 * relocates it.
 */
#ifndef PGP_BARE_PROGRAM_H
#define PGP_BARE_PROGRAM_H

#include <sys/syscall.h>

/* Nobody has set up what a stack protector compares with. */
#if BARE_PROGRAM
#define BARE_FUNCTION __attribute__((no_stack_protector))
#else
#define BARE_FUNCTION
#endif

/* The exit status. All three as main gets them. */
int bare_main(int argc, char **argv, char **env);

#if BARE_PROGRAM

/* What the kernel says: -errno where it failed. */
BARE_FUNCTION static inline long
bare_call(long number, long a, long b, long c, long d)
{
#if defined(__x86_64__)
	register long fourth __asm__("r10") = d;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
			 : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long first __asm__("x0") = a;
	register long second __asm__("x1") = b;
	register long third __asm__("x2") = c;
	register long fourth __asm__("x3") = d;
	register long which __asm__("x8") = number;

	__asm__ volatile("svc #0"
			 : "+r"(first)
			 : "r"(second), "r"(third), "r"(fourth), "r"(which)
			 : "memory");
	return first;
#else
#error "this processor's way to make a system call is not known here"
#endif
}

/* The stack as the kernel leaves it: argc, argv, NULL, environment, NULL. */
BARE_FUNCTION __attribute__((noreturn, used)) static void
bare_start(long *stack)
{
	char **argv = (char **)(stack + 1);
	int status = bare_main((int)*stack, argv, argv + *stack + 1);

	for (;;)
		(void)bare_call(SYS_exit_group, status, 0, 0, 0);
}

#if defined(__x86_64__)
__asm__(".text\n"
	".globl _start\n"
	".type _start, @function\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call bare_start\n"
	"	hlt\n");
#else
__asm__(".text\n"
	".globl _start\n"
	".type _start, %function\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	bl bare_start\n");
#endif

#else

#include <errno.h>
#include <unistd.h>

static inline long
bare_call(long number, long a, long b, long c, long d)
{
	long result = syscall(number, a, b, c, d);

	return result == -1 ? -errno : result;
}

int
main(int argc, char **argv)
{
	return bare_main(argc, argv, environ);
}

#endif

#endif
