#include "CBottleShims.h"
