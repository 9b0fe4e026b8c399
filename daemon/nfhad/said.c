// SPDX-License-Identifier: GPL-2.0-or-later
/* What could not be done. */

#include <stdarg.h>
#include <stdio.h>

#include "said.h"

void nfhad_said(char *said, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(said, NFHAD_SAID_MAX, format, args);
	va_end(args);
}
