// The functions are written in Swift, in CParallelTrainer. This makes sure that the header stands on
// its own.
#include "parallel_trainer.h"
