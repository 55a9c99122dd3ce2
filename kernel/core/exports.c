// SPDX-License-Identifier: GPL-2.0-only
/* What card drivers may use of the pure logic, which knows nothing of modules. */
#include <linux/export.h>
#include "pure/elastic.h"

EXPORT_SYMBOL_GPL(tdm_elastic_size);
EXPORT_SYMBOL_GPL(tdm_elastic_init);
EXPORT_SYMBOL_GPL(tdm_elastic_push);
EXPORT_SYMBOL_GPL(tdm_elastic_pull);
