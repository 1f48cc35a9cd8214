/* Components: which are used, and what is said of those that tamis has not.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_COMPONENT_NAMES_H
#define TM_CONFIG_COMPONENT_NAMES_H

#include "config/reader.h"

/* Does a pipeline, or service.extensions, name the component? True also when there are no pipelines
 * at all, which is reported elsewhere. */
bool tm_component_used(const tm_doc *root, tm_section section, tm_text id);

/* Warns when nothing uses it; returns true always. */
bool tm_component_warn_unused(tm_reading *r, const tm_doc *root, tm_section section,
                              const tm_doc *doc);

/* Reports a component of a type that there is not, or not yet (`component`, else NULL). One that
 * the Collector has and nothing uses is a warning. Returns false always. */
bool tm_component_refuse(tm_reading *r, const tm_doc *root, tm_section section, const tm_doc *doc,
                         tm_text type, const tm_component *component);

/* Reports all connectors; true when nothing uses any. */
bool tm_component_refuse_connectors(tm_reading *r, const tm_doc *root);

#endif
