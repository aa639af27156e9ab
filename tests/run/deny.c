/* SPDX-License-Identifier: MIT */
/*
 * tests/run/deny.c - a program under a policy as containers have it
 *
 * deny CALL... -- PROGRAM [ARGUMENT...]: the calls fail with EPERM.
 */
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	int at = 1, err = ctx ? 0 : -ENOMEM;

	for (; !err && at < argc && strcmp(argv[at], "--"); at++)
		err = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM),
				       seccomp_syscall_resolve_name(argv[at]),
				       0);
	if (!err)
		err = seccomp_load(ctx);
	if (err || at + 1 >= argc) {
		fprintf(stderr, "deny: %s\n", strerror(err ? -err : EINVAL));
		return 125;
	}
	seccomp_release(ctx);
	execvp(argv[at + 1], argv + at + 1);
	return 127;
}
