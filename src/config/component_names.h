/* Components: which are used, and what is said of those that tamis has not.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef TM_CONFIG_COMPONENT_NAMES_H
#define TM_CONFIG_COMPONENT_NAMES_H

#include "config/reader.h"

/* "metrics", "logs" or "profiles" when a pipeline of this id carries that, else NULL. */
const char *tm_pipeline_other_signal(tm_text id);

/* Does a pipeline that does not carry another signal, or service.extensions, name the component?
 * True also when there are no pipelines at all, which is reported elsewhere. */
bool tm_component_used(const tm_doc *root, tm_section section, tm_text id);

/* Is it a connector that leads from pipelines of traces to those of other signals, or back? */
bool tm_connector_leaves_traces(const tm_doc *root, tm_text id);

/* Warns when only pipelines of other signals use it, and returns false: it is to be left out. */
bool tm_component_kept(tm_reading *r, const tm_doc *root, tm_section section, const tm_doc *doc);

/* Warns when nothing uses it; returns true always. */
bool tm_component_warn_unused(tm_reading *r, const tm_doc *root, tm_section section,
                              const tm_doc *doc);

/* Reports a component of a type that there is not, or not yet (`component`, else NULL). One that
 * the Collector has and nothing uses is a warning. Returns false always. */
bool tm_component_refuse(tm_reading *r, const tm_doc *root, tm_section section, const tm_doc *doc,
                         tm_text type, const tm_component *component);

/* Reports all connectors; true when none is to be refused. */
bool tm_component_refuse_connectors(tm_reading *r, const tm_doc *root);

#endif
