#include "CKernels.h"
int ork_threads(void) { return 1; }
