/* Decides how members of a JSON object are written one after the other: each with the comma that it needs. */
#ifndef MEDIABEAT_COLLECTOR_MEMBERS_H
#define MEDIABEAT_COLLECTOR_MEMBERS_H

#include "writer.h"

void mbc_member(mb__writer *writer, const char *name);                         /* its value is written next */
void mbc_member_text(mb__writer *writer, const char *name, const char *value); /* NULL is null */
void mbc_member_integer(mb__writer *writer, const char *name, int64_t value);
void mbc_member_flag(mb__writer *writer, const char *name, bool value);
void mbc_member_number(mb__writer *writer, const char *name, double value); /* null when not finite */

/* A comma before every element of an array but the first. */
void mbc_element(mb__writer *writer);

#endif
