/* cli/inspect.h: what inspect counts while it reads, and the tables it makes of it. */
#ifndef HF_CLI_INSPECT_H
#define HF_CLI_INSPECT_H

#include "job.h"

typedef struct hf_inspected_channel {
    hf_view name, kind, team; /* team: native id; empty: of none */
    bool is_archived, is_defined;
    uint64_t messages, deleted;
    int64_t first_us, last_us; /* HF_NO_TIME: no message has a time */
} hf_inspected_channel;

typedef struct hf_inspected_month {
    int32_t month; /* year * 12 + month - 1, UTC; HF_NO_MONTH: of messages without a time */
    uint64_t messages, deleted;
} hf_inspected_month;

enum { HF_NO_MONTH = INT32_MAX };

typedef struct hf_inspected_member {
    hf_view name;
    int type; /* hf_member_type */
    bool is_set;
    uint64_t bytes, lines;
} hf_inspected_member;

typedef struct hf_inspection {
    hf_counts counts;
    hf_map *channels;          /* by id; values: hf_inspected_channel */
    hf_map *teams;             /* by id; values: name, a hf_view */
    hf_inspected_month *month; /* in their order */
    size_t nmonth, cap_month;
    hf_inspected_member *member; /* those that were given */
    size_t nmember, cap_member;
    hf_arena *mem;
} hf_inspection;

void hf_inspection_init(hf_inspection *x);
void hf_inspection_clear(hf_inspection *x);

/* Count a record of any kind. */
void hf_inspection_look(hf_inspection *x, const hf_record *r);

/* Each is a table of the answer. */
void hf_inspection_put_channels(const hf_inspection *x, hf_out *out);
void hf_inspection_put_members(const hf_inspection *x, hf_out *out);
void hf_inspection_put_by_team(const hf_inspection *x, hf_out *out);
void hf_inspection_put_by_kind(const hf_inspection *x, hf_out *out);
void hf_inspection_put_by_month(const hf_inspection *x, hf_out *out);

#endif
