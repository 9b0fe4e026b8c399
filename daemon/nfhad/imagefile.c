// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of an image of CRIU's, message by message. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "imagefile.h"

/* A pagemap has 64 million pages apart from each other in it, 256 GB. */
#define FILE_MAX 0x40000000

static int map(struct nfhad_imagefile *file, int fd)
{
	struct stat st;
	void *text;

	if (fstat(fd, &st))
		return -errno;
	if (st.st_size < NFHAD_IMAGEFILE_MAGIC || st.st_size > FILE_MAX)
		return -EBADMSG;
	text = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return -errno;
	file->text = text;
	file->size = st.st_size;
	return 0;
}

int nfhad_imagefile_open(struct nfhad_imagefile *file, int dir, const char *name, uint32_t longest)
{
	int fd, ret;

	*file = (struct nfhad_imagefile){ .longest = longest, .at = NFHAD_IMAGEFILE_MAGIC };
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = map(file, fd);
	close(fd);
	return ret;
}

const uint8_t *nfhad_imagefile_next(struct nfhad_imagefile *file, uint32_t *size)
{
	const uint8_t *text = file->text + file->at;
	size_t left = file->size - file->at;

	if (left < sizeof(*size))
		return NULL;
	memcpy(size, text, sizeof(*size));
	if (*size > file->longest || left - sizeof(*size) < *size)
		return NULL;
	file->at += sizeof(*size) + *size;
	return text + sizeof(*size);
}

bool nfhad_imagefile_ended(const struct nfhad_imagefile *file)
{
	return file->at == file->size;
}

void nfhad_imagefile_close(struct nfhad_imagefile *file)
{
	if (file->text)
		munmap((void *)file->text, file->size);
	file->text = NULL;
}
