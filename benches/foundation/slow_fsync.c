/* A preload library that makes fsync and fdatasync as slow as a real disk's.
 *
 * The delay comes first, then the real call. SLOW_FSYNC_MICROS says how long it is. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct timespec delay;

__attribute__((constructor)) static void read_delay(void)
{
    const char *micros = getenv("SLOW_FSYNC_MICROS");
    long value = micros ? atol(micros) : 0;
    delay.tv_sec = value / 1000000;
    delay.tv_nsec = (value % 1000000) * 1000;
}

static void wait_for_the_disk(void)
{
    if (delay.tv_sec || delay.tv_nsec)
        clock_nanosleep(CLOCK_MONOTONIC, 0, &delay, NULL);
}

int fsync(int file)
{
    wait_for_the_disk();
    return (int)syscall(SYS_fsync, file);
}

int fdatasync(int file)
{
    wait_for_the_disk();
    return (int)syscall(SYS_fdatasync, file);
}
