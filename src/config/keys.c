/* Keys: the components, and looking things up.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

/* ---- components ---------------------------------------------------------------------------- */

static const tm_component COMPONENTS[] = {
#define RECEIVER(ID, MEMBER, NAME, STATE, MANUAL)                                                  \
    {TM_SECTION_RECEIVERS, NAME, TM_RECEIVER_##ID, &tm_keys_receiver_##MEMBER, TM_##STATE, MANUAL},
#include "config/keys/receivers.def"
#undef RECEIVER
#define PROCESSOR(ID, MEMBER, NAME, STATE, COMPILED, TRAITS, MANUAL)                               \
    {TM_SECTION_PROCESSORS, NAME, TM_PROCESSOR_##ID, &tm_keys_##MEMBER, TM_##STATE, MANUAL},
#include "engine/processors.def"
#undef PROCESSOR
#define EXPORTER_NAME(ID, MEMBER, NAME, STATE, MANUAL)                                             \
    {TM_SECTION_EXPORTERS, NAME, TM_EXPORTER_##ID, &tm_keys_exporter_##MEMBER, TM_##STATE, MANUAL},
#define EXPORTER_KEYS(ID, MEMBER, NAME, STATE, MANUAL)                                             \
    EXPORTER_NAME(ID, MEMBER, NAME, STATE, MANUAL)
#define EXPORTER(ID, MEMBER, NAME, STATE, TRAITS, MANUAL)                                          \
    EXPORTER_NAME(ID, MEMBER, NAME, STATE, MANUAL)
#include "config/keys/exporters.def"
#undef EXPORTER
#define EXTENSION(ID, MEMBER, NAME, STATE, AUTH, MANUAL)                                           \
    {TM_SECTION_EXTENSIONS, NAME, TM_EXTENSION_##ID, &tm_keys_##MEMBER, TM_##STATE, MANUAL},
#include "config/keys/extensions.def"
#undef EXTENSION
};

const tm_component *tm_components(size_t *count)
{
    *count = (sizeof COMPONENTS / sizeof *COMPONENTS);
    return COMPONENTS;
}

const tm_component *tm_component_find(tm_section section, tm_text name)
{
    for (size_t i = 0; i < (sizeof COMPONENTS / sizeof *COMPONENTS); i++)
        if (COMPONENTS[i].section == section && tm_text_is(name, COMPONENTS[i].name))
            return &COMPONENTS[i];
    return NULL;
}

static const struct {
    const char *many, *one;
} SECTIONS[TM_SECTIONS + 1] = {
    {"receivers", "receiver"},   {"processors", "processor"}, {"exporters", "exporter"},
    {"extensions", "extension"}, {"connectors", "connector"},
};

const char *tm_section_name(tm_section section)
{
    return SECTIONS[section].many;
}

const char *tm_section_one(tm_section section)
{
    return SECTIONS[section].one;
}
