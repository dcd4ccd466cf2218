#ifndef UNITED_PHARMACY_CLIBPQ_SHIM_H
#define UNITED_PHARMACY_CLIBPQ_SHIM_H

#include <libpq-fe.h>

/* Field codes are character macros, which Swift does not import. */
static const int UP_PG_DIAG_SQLSTATE = PG_DIAG_SQLSTATE;

#endif
