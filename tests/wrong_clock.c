/* A wall clock that a test sets wrong, put before libc's (LD_PRELOAD). The file that WRONG_CLOCK names holds by how many
 * nanoseconds it is off, and the error in microseconds that the kernel is to claim, below 0 for "not synchronised".
 * Monotonic time and sleeping stay as they are: faketime(1) bends both. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static long long look(long *error_us) {
    char text[64] = "0 -1", *rest;
    int file = open(getenv("WRONG_CLOCK"), O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
        ssize_t size = read(file, text, sizeof text - 1);
        text[size > 0 ? size : 0] = 0;
        close(file);
    }
    long long off_ns = strtoll(text, &rest, 10);
    *error_us = strtol(rest, NULL, 10);
    return off_ns;
}

int clock_gettime(clockid_t which, struct timespec *at) {
    long error_us;
    int failed = syscall(SYS_clock_gettime, which, at);
    if (failed || (which != CLOCK_REALTIME && which != CLOCK_REALTIME_COARSE))
        return failed;
    long long now_ns = at->tv_sec * 1000000000LL + at->tv_nsec + look(&error_us);
    at->tv_sec = now_ns / 1000000000LL;
    at->tv_nsec = now_ns % 1000000000LL;
    return 0;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at)
        *at = now.tv_sec;
    return now.tv_sec;
}

int adjtimex(struct timex *told) {
    memset(told, 0, sizeof *told);
    look(&told->maxerror);
    told->status = told->maxerror < 0 ? STA_UNSYNC : 0;
    return told->status ? TIME_ERROR : TIME_OK;
}
