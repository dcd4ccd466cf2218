#ifndef UNITED_PHARMACY_CSQLITE_SHIM_H
#define UNITED_PHARMACY_CSQLITE_SHIM_H

#include <sqlite3.h>

/* The extended result codes are computed macros, which Swift does not import. */
static const int UP_SQLITE_CONSTRAINT_UNIQUE = SQLITE_CONSTRAINT_UNIQUE;
static const int UP_SQLITE_CONSTRAINT_PRIMARYKEY = SQLITE_CONSTRAINT_PRIMARYKEY;
static const int UP_SQLITE_CONSTRAINT_ROWID = SQLITE_CONSTRAINT_ROWID;

#endif
