/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NFHAD_PAGE_H
#define NFHAD_PAGE_H

/* The page for browsers, as files inside the program: see build.mk. */
extern const char nfhad_page_html[] __asm__("_binary_index_html_start");
extern const char nfhad_page_html_end[] __asm__("_binary_index_html_end");
extern const char nfhad_page_js[] __asm__("_binary_page_js_start");
extern const char nfhad_page_js_end[] __asm__("_binary_page_js_end");
extern const char nfhad_page_css[] __asm__("_binary_page_css_start");
extern const char nfhad_page_css_end[] __asm__("_binary_page_css_end");

#endif /* NFHAD_PAGE_H */
