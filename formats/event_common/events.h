/* event_common/events.h: a reader for the administration logs of chat systems: files of JSON
 * objects, each of them an event.
 *
 * Forms     an array of objects; one object a line; pages, which are objects with a list of them,
 * one a line or one for the whole member Members   every file of the source that has such a form;
 * others are kept as opaque Memory    one window; one page of at most 64 MiB; digests of 131,072
 * events without an id
 */
#ifndef HF_EVENT_COMMON_EVENTS_H
#define HF_EVENT_COMMON_EVENTS_H

#include "format/format.h"

typedef struct hf_event_format {
    const char *name;    /* of the format */
    const char *pages;   /* key of the list that a page is; NULL: there are no pages */
    const char *product; /* for messages: "Slack audit log" */
    /* Is this object such an event? */
    bool (*is_event)(const hf_tape *t);
    /* Add values, time and flags; also id and origin when they are empty and the event says them,
     * as parts of its text. */
    void (*fill)(hf_batch *b, hf_record *r, hf_tape *t);
} hf_event_format;

int hf_events_probe(const hf_event_format *f, const hf_peek *pk);
hf_status hf_events_open(const hf_event_format *f, hf_reader **out, const hf_reader_args *args,
                         hf_err **err);
hf_status hf_events_parse(const hf_event_format *f, hf_batch *b, hf_record *r, hf_paths *paths,
                          hf_err **err);

#endif
