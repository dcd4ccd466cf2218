#ifndef UNITED_PHARMACY_CSQLITE_SHIM_H
#define UNITED_PHARMACY_CSQLITE_SHIM_H

#include <sqlite3.h>

#endif
