// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A VNF with a mount namespace of its own, which it tells about.
 *
 * usage: tenant PORT
 *
 * It has /tmp/notes open, and serves one TCP client after the other. Each line that it
 * gets it adds to its notes; the answer is a line
 *
 *	COUNT SIZE SELF MOUNTS
 *
 * with the lines that it has got, the size of /tmp/notes, or -1 if that is no more the
 * file which is open, its own process by /proc, or -1, and how many mounts it sees.
 */

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTES "/tmp/notes"

static long notes_size(int notes)
{
	struct stat open_one, named;

	if (fstat(notes, &open_one) || stat(NOTES, &named) ||
	    open_one.st_dev != named.st_dev || open_one.st_ino != named.st_ino)
		return -1;
	return named.st_size;
}

static int own_process(void)
{
	char text[16];
	ssize_t n = readlink("/proc/self", text, sizeof(text) - 1);

	if (n < 0)
		return -1;
	text[n] = '\0';
	return atoi(text);
}

static int count_mounts(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	int c, lines = 0;

	if (!file)
		return -1;
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines;
}

static void serve(FILE *client, int notes)
{
	static unsigned int count;
	char line[256];

	while (fgets(line, sizeof(line), client)) {
		count++;
		if (write(notes, line, strlen(line)) < 0)
			exit(1);
		fprintf(client, "%u %ld %d %d\n", count, notes_size(notes),
			own_process(), count_mounts());
		fflush(client);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int notes, listener, on = 1;
	FILE *client;

	if (argc != 2)
		return 2;
	address.sin_port = htons(atoi(argv[1]));
	notes = open(NOTES, O_RDWR | O_CREAT | O_TRUNC, 0600);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (notes < 0 || listener < 0 ||
	    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 1))
		return 1;
	printf("ready\n");
	fflush(stdout);
	while ((client = fdopen(accept(listener, NULL, NULL), "r+"))) {
		serve(client, notes);
		fclose(client);
	}
	return 1;
}
