/* Keys: the components, and looking things up.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config/keys.h"

/* ---- components ---------------------------------------------------------------------------- */

#define COMPONENT(SECTION_, NAME, TYPE, KEYS_, STATE, MANUAL)                                      \
    {TM_SECTION_##SECTION_, NAME, TYPE, KEYS_, TM_##STATE, MANUAL},

static const tm_keys no_keys = {0};

static const tm_component COMPONENTS[] = {
#include "config/keys/components.def"
};

#undef COMPONENT

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
