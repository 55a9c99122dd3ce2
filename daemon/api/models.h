/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The types of what the API answers, and of events. */
#ifndef TDMD_API_MODELS_H
#define TDMD_API_MODELS_H

#include <jansson.h>

/** api_models() - a new object: each type by its name, as Swagger 1.1 describes it */
json_t *api_models(void);

#endif
