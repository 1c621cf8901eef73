#ifndef GUEST_COUNTER_H
#define GUEST_COUNTER_H

/// Begins to count what the process asks its C library for; counts are 0 then.
void guest_start(void);
/// Stops counting.
void guest_stop(void);

/// Files that were opened, environment variables that were read other than the kernels' own, threads
/// that were started; -1 where this cannot be counted.
long guest_files(void);
long guest_variables(void);
long guest_threads(void);
/// The last of these files and variables.
const char *guest_last_file(void);
const char *guest_last_variable(void);

/// Threads of this process now; -1 where the system does not tell.
long guest_threads_now(void);

#endif
