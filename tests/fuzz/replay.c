/* SPDX-License-Identifier: MIT */
/*
 * tests/fuzz/replay.c - run each kept input of a fuzz target once
 *
 * Stands in for libFuzzer in ordinary builds, so that what fuzzing once found
 * is tried again by every compiler and sanitizer. Arguments are folders or
 * files; a folder is read one level deep, as libFuzzer keeps it.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A copy of exactly the input's size, so that ASan sees a byte too far. */
static int replay_file(const char *path)
{
	struct stat st;
	uint8_t *data;
	size_t len;
	FILE *f = fopen(path, "rb");

	if (!f || fstat(fileno(f), &st) < 0) {
		perror(path);
		exit(1);
	}
	len = (size_t)st.st_size;
	data = malloc(len ? len : 1);
	if (!data || fread(data, 1, len, f) != len) {
		fprintf(stderr, "%s: cannot read %zu bytes\n", path, len);
		exit(1);
	}
	fclose(f);
	LLVMFuzzerTestOneInput(data, len);
	free(data);
	return 1;
}

static int replay_folder(const char *path)
{
	struct dirent **entry;
	char name[4096];
	int n = scandir(path, &entry, NULL, alphasort);
	int done = 0;

	if (n < 0) {
		perror(path);
		exit(1);
	}
	for (int i = 0; i < n; i++) {
		if (entry[i]->d_name[0] != '.') {
			snprintf(name, sizeof(name), "%s/%s", path,
				 entry[i]->d_name);
			done += replay_file(name);
		}
		free(entry[i]);
	}
	free(entry);
	return done;
}

int main(int argc, char **argv)
{
	struct stat st;
	int done = 0;

	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &st) < 0) {
			perror(argv[i]);
			return 1;
		}
		done += S_ISDIR(st.st_mode) ? replay_folder(argv[i])
					    : replay_file(argv[i]);
	}
	printf("%d inputs replayed\n", done);
	return done == 0; /* no corpus is no test */
}
