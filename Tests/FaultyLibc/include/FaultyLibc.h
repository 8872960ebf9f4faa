// System calls that fail on demand, for tests: this library defines open, write, fsync, linkat and their like, and
// passes each call on to libc unless it is the one that shall fail. Writes count only where they go to a file.
//
// In a test binary it is linked in, and a plan holds for the thread that made it. Loaded into another program by
// LD_PRELOAD, a plan for the whole process comes from the environment: FAULTY_CALL (a name, or `any`), FAULTY_NTH
// (from 1), FAULTY_ERROR (an errno number, or `kill` for SIGKILL in place of the call), and FAULTY_FOR (how many calls
// in a row fail; default 1), FAULTY_COUNT (a file that gets one byte for each call that could have failed).
#pragma once

/// From now on the nth call (from 1) of this name ("any": of any name here) in this thread fails with `error`;
/// with error 0 nothing fails and calls are only counted.
void faulty_arm(const char *call, int nth, int error);
/// As faulty_arm, for write and pwrite only: the nth call takes half of its bytes, which is no error.
void faulty_arm_short_write(int nth);
/// No more failures in this thread. Returns how many calls matched since it was armed.
int faulty_disarm(void);
