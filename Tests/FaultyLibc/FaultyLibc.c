#include "FaultyLibc.h"
