/* file_name.h - names of files in a text, as they are met in reports. */
#ifndef CASES_FILE_NAME_H
#define CASES_FILE_NAME_H

#include <stddef.h>

/*
 * Calls each(context, name, len) for each name of a file in text (len bytes of
 * UTF-8, as it was written): one that ends in an extension of programs,
 * scripts, archives, images of disks or documents, without its folder. Not
 * for the last part of a URL. Of Japanese words before it, which no space
 * parts, what follows the last hiragana is the name, unless 「」 or quotes
 * stand around it. name is borrowed from text. Linear in len.
 */
void file_name_walk(const char *text, size_t len,
    void (*each)(void *context, const char *name, size_t len), void *context);

#endif
