// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pure logic has no state and knows nothing of modules, so nothing of it is exported: a module that needs a
 * part of it compiles its own copy.
 */
#include "pure/elastic.c"
