/* Keys of processors: the tables of keys/.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/keys_rows.h"

#define THIS tm_match_attribute
static const tm_key match_attribute_rows[] = {
#include "config/keys/match_attribute.def"
};
KEYS(match_attribute, NULL);
#undef THIS

#define THIS tm_match_library
static const tm_key match_library_rows[] = {
#include "config/keys/match_library.def"
};
KEYS(match_library, tm_check_library);
#undef THIS

#define THIS tm_match_settings
static const tm_key match_rows[] = {
#include "config/keys/match.def"
};
KEYS(match, tm_check_match);
#undef THIS

#define THIS tm_action_settings
static const tm_key action_rows[] = {
#include "config/keys/processor_action.def"
};
KEYS(action, tm_check_action);
#undef THIS

#define THIS tm_filter_levels
static const tm_key filter_traces_rows[] = {
#include "config/keys/processor_filter_traces.def"
};
KEYS(filter_traces, NULL);
#undef THIS

#define THIS tm_filter_spans
static const tm_key filter_spans_rows[] = {
#include "config/keys/processor_filter_spans.def"
};
KEYS(filter_spans, NULL);
#undef THIS

#define THIS tm_condition_group
static const tm_key filter_group_rows[] = {
#include "config/keys/processor_filter_group.def"
};
KEYS(filter_group, NULL);
#undef THIS

#define THIS tm_filter_settings
static const tm_key filter_rows[] = {
#include "config/keys/processor_filter.def"
};
COMPONENT_KEYS(filter, tm_check_filter);
#undef THIS

#define THIS tm_attributes_settings
static const tm_key attributes_rows[] = {
#include "config/keys/processor_attributes.def"
};
COMPONENT_KEYS(attributes, tm_check_attributes);
#undef THIS

#define THIS tm_resource_settings
static const tm_key resource_rows[] = {
#include "config/keys/processor_resource.def"
};
COMPONENT_KEYS(resource, tm_check_resource);
#undef THIS

#define THIS tm_statement_group
static const tm_key transform_group_rows[] = {
#include "config/keys/processor_transform_group.def"
};
KEYS(transform_group, NULL);
#undef THIS

#define THIS tm_transform_settings
static const tm_key transform_rows[] = {
#include "config/keys/processor_transform.def"
};
COMPONENT_KEYS(transform, tm_check_transform);
#undef THIS

#define THIS tm_sampler_settings
static const tm_key sampler_rows[] = {
#include "config/keys/processor_probabilistic_sampler.def"
};
COMPONENT_KEYS(sampler, tm_check_sampler);
#undef THIS

#define THIS tm_batch_settings
static const tm_key batch_rows[] = {
#include "config/keys/processor_batch.def"
};
COMPONENT_KEYS(batch, tm_check_batch);
#undef THIS

#define THIS tm_limiter_settings
static const tm_key limiter_rows[] = {
#include "config/keys/processor_memory_limiter.def"
};
COMPONENT_KEYS(limiter, tm_check_limiter);
#undef THIS

#define THIS tm_tamis_settings
static const tm_key tamis_rows[] = {
#include "config/keys/processor_tamis.def"
};
COMPONENT_KEYS(tamis, tm_check_tamis);
#undef THIS
