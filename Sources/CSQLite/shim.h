#ifndef UNITED_PHARMACY_CSQLITE_SHIM_H
#define UNITED_PHARMACY_CSQLITE_SHIM_H

#include <fcntl.h>
#include <linux/stat.h>
#include <sqlite3.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The extended result codes are computed macros, which Swift does not import. */
static const int UP_SQLITE_CONSTRAINT_UNIQUE = SQLITE_CONSTRAINT_UNIQUE;
static const int UP_SQLITE_CONSTRAINT_PRIMARYKEY = SQLITE_CONSTRAINT_PRIMARYKEY;
static const int UP_SQLITE_CONSTRAINT_ROWID = SQLITE_CONSTRAINT_ROWID;

/* Turns off SQLite's count of its memory, for which each allocation takes a lock that all connections share. Only before the
   first connection is opened; later it changes nothing. */
static inline void up_sqlite_count_no_memory(void) { (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); }

/* What distinguishes a file from every other one. Swift's Glibc does not import statx(2), which alone has the time of
   birth. */
struct up_file_identity {
    unsigned long long inode;
    unsigned int device_major;
    unsigned int device_minor;
    /* Whether the file system records the time of birth. */
    int has_birth;
    long long birth_seconds;
    unsigned int birth_nanoseconds;
};

/* Returns 0, or -1 with errno set. */
static inline int up_file_identity_of(const char *path, struct up_file_identity *identity) {
    struct statx found;
    if (syscall(SYS_statx, AT_FDCWD, path, 0, STATX_INO | STATX_BTIME, &found) != 0) return -1;
    identity->inode = found.stx_ino;
    identity->device_major = found.stx_dev_major;
    identity->device_minor = found.stx_dev_minor;
    identity->has_birth = (found.stx_mask & STATX_BTIME) != 0;
    identity->birth_seconds = found.stx_btime.tv_sec;
    identity->birth_nanoseconds = found.stx_btime.tv_nsec;
    return 0;
}

#endif
