/* tests/bench/gen_world.c: the plan of a workspace: who is there, where, and how much is said. */
#include "gen.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const first_names[] = {
    "Ada",        "Bela",   "Carla",  "Dario", "Elin",   "Farid", "Greta", "Hugo",     "Ines",
    "Jonas",      "Kaja",   "Liam",   "Mira",  "Nils",   "Olga",  "Pavel", "Quinn",    "Rosa",
    "S\u00f8ren", "Tara",   "Umar",   "Vera",  "Wanda",  "Xenia", "Yusuf", "Zo\u00eb", "Anton",
    "Birgit",     "Chen",   "Dora",   "Emil",  "Fatima", "Goran", "Hanna", "Ivo",      "Jana",
    "Kenji",      "Lena",   "Marek",  "Nora",  "Otis",   "Petra", "Rafi",  "Sanna",    "Tomas",
    "Uma",        "Viktor", "Wes",    "Yara",  "Zeno",   "Aino",  "Boris", "Cleo",     "Diego",
    "Edda",       "Flora",  "Gustav", "Hilda", "Ilse",   "Jorge", "Keiko",
};
static const char *const last_names[] = {
    "Abbott",  "Bauer",  "Castro",  "Dahl",     "Eriksen",  "Fischer", "Gomez",   "Holm",
    "Ibarra",  "Jansen", "Keller",  "Lopez",    "Marsh",    "Novak",   "Olsen",   "Petrov",
    "Quist",   "Rossi",  "Sato",    "Torres",   "Ueda",     "Vogel",   "Weber",   "Xu",
    "Young",   "Zeman",  "Ahlberg", "Brandt",   "Cohen",    "Duval",   "Engel",   "Farkas",
    "Grant",   "Haas",   "Iqbal",   "Jung",     "Kovacs",   "Lind",    "Moreau",  "Nakata",
    "Osei",    "Pires",  "Quade",   "Rahman",   "Silva",    "Tanner",  "Urban",   "Virtanen",
    "Walsh",   "Yilmaz", "Zhou",    "Amari",    "Bergman",  "Costa",   "Drexler", "Ebert",
    "Fonseca", "Greco",  "Hansen",  "Ivarsson", "Jacobs",   "Koch",    "Larsen",  "Mendes",
    "Nyberg",  "Ortega", "Pohl",    "Reyes",    "Schuster", "Takeda",  "Ulrich",  "Vasquez",
    "Winter",  "Yamada", "Zimmer",  "Aziz",     "Blom",     "Conti",   "Dietz",
};
static const char *const topics[] = {
    "billing", "harbor",  "payroll",  "network", "release",  "support",  "survey",  "warehouse",
    "audit",   "claims",  "fleet",    "garage",  "identity", "journal",  "kitchen", "landing",
    "market",  "orders",  "packing",  "quality", "returns",  "storage",  "traffic", "uptime",
    "vendors", "weather", "contract", "yard",    "energy",   "facility", "legal",   "metrics",
};
static const char *const aspects[] = {
    "alerts", "team",  "help",    "planning", "ops",   "news",  "review", "ideas",
    "desk",   "build", "rollout", "numbers",  "night", "north", "south",  "archive",
};
static const char *const foreign_names[] = {
    "\u71df\u696d", "\u6e2f\u53e3", "b\u00fcro", "\u0441\u043a\u043b\u0430\u0434",
    "\uc7a5\ubd80", "\u00e9quipe",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int32_t gen_zone_offset(uint8_t zone, int64_t us)
{
    int32_t west = hf_los_angeles_offset(us);
    const int32_t offset[5] = { west, west + 3 * 3600, 3600, 19800, 32400 };
    return offset[zone];
}

/* The ASCII letters of a name, in lower case: half of a handle. */
static void ascii_of(char *out, size_t cap, const char *name)
{
    size_t n = 0;
    for (; *name != '\0' && n + 1 < cap; name++) {
        char c = *name;
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c >= 'a' && c <= 'z')
            out[n++] = c;
    }
    out[n] = '\0';
}

static void name_person(gen_user *u, uint32_t n)
{
    const uint32_t firsts = COUNT(first_names), lasts = COUNT(last_names);
    uint32_t f = n % firsts, q = n / firsts, l = (q + 7 * n) % lasts, round = q / lasts;
    char first[16], last[16];
    snprintf(u->first, sizeof(u->first), "%s", first_names[f]);
    snprintf(u->last, sizeof(u->last), "%s", last_names[l]);
    ascii_of(first, sizeof(first), u->first);
    ascii_of(last, sizeof(last), u->last);
    if (round == 0)
        snprintf(u->handle, sizeof(u->handle), "%s.%s", first, last);
    else
        snprintf(u->handle, sizeof(u->handle), "%s.%s%u", first, last, round);
}

static void plan_user(gen_world *w, uint32_t n)
{
    gen_user *u = &w->user[n];
    gen_rng r = gen_rng_at(w->seed, GEN_F_USER, n, 0);
    gen_id(u->id, 'U', n);
    u->gone = INT64_MAX;
    u->renamed = INT64_MIN;
    u->zone = (uint8_t)gen_below(&r, 5);
    if (n < w->bots) {
        u->is_bot = true;
        u->is_legacy_bot = n % 2 == 1;
        gen_id(u->bot_id, 'B', n);
        const char *topic = topics[n % COUNT(topics)];
        snprintf(u->first, sizeof(u->first), "%s", topic);
        snprintf(u->last, sizeof(u->last), "bot");
        snprintf(u->handle, sizeof(u->handle), "%sbot%u", topic, n);
        return;
    }
    name_person(u, n - w->bots);
    int64_t when = w->start + (int64_t)gen_below(&r, w->days) * HF_DAY_US;
    if (gen_chance(&r, 15000) && n > w->bots + 2)
        u->gone = when;
    else if (gen_chance(&r, 5000)) {
        u->renamed = when;
        snprintf(u->old_handle, sizeof(u->old_handle), "old.%.30s", u->handle);
    } else if (gen_chance(&r, 5000)) {
        u->is_guest = true;
        u->is_single_guest = gen_chance(&r, 25000);
    }
}

static void plan_users(gen_world *w)
{
    uint64_t n = gen_power(w->messages, 55, 100);
    w->users = (uint32_t)(n < 12 ? 12 : n);
    w->bots = w->users * 3 / 100 < 2 ? 2 : w->users * 3 / 100;
    w->user = hf_alloc0(w->users, sizeof(*w->user));
    w->single = hf_alloc0(w->users, sizeof(*w->single));
    uint32_t people = w->users - w->bots;
    w->user_weight = hf_alloc0(people, sizeof(*w->user_weight));
    uint64_t sum = 0;
    for (uint32_t i = 0; i < people; i++)
        w->user_weight[i] = sum += gen_decay(i + 1, 105, 100);
    for (uint32_t i = 0; i < w->users; i++)
        plan_user(w, i);
}

/* The first i with sums[i] > x. */
static uint32_t find_sum(const uint64_t *sums, uint32_t n, uint64_t x)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (sums[mid] > x)
            high = mid;
        else
            low = mid + 1;
    }
    return low;
}

static uint32_t draw_person(const gen_world *w, gen_rng *r)
{
    uint32_t people = w->users - w->bots;
    return w->bots + find_sum(w->user_weight, people, gen_below(r, w->user_weight[people - 1]));
}

static bool is_holiday(const hf_civil *c)
{
    static const struct {
        int month, day;
    } list[] = { { 1, 1 },   { 1, 2 },   { 5, 1 },   { 7, 4 },   { 10, 3 },
                 { 11, 23 }, { 12, 24 }, { 12, 25 }, { 12, 26 }, { 12, 31 } };
    for (size_t i = 0; i < COUNT(list); i++)
        if (list[i].month == c->month && list[i].day == c->day)
            return true;
    return false;
}

static void plan_days(gen_world *w)
{
    w->start = INT64_C(1672531200) * HF_SECOND_US; /* 2023-01-01T00:00:00Z */
    w->days = w->messages <= 1000000 ? 365 : w->messages <= 10000000 ? 1096 : 2192;
    w->end = w->start + w->days * HF_DAY_US;
    w->day_weight = hf_alloc0(w->days + 1, sizeof(*w->day_weight));
    uint64_t sum = 0;
    for (uint32_t d = 0; d < w->days; d++) {
        hf_civil c = hf_us_to_civil(w->start + d * HF_DAY_US);
        int64_t weekday = (hf_day_of(w->start) + d + 4) % 7; /* 0 is Sunday */
        uint64_t weight = weekday == 0 || weekday == 6 ? 40 : weekday == 1 ? 1100 : 1000;
        sum += is_holiday(&c) && weight > 100 ? 100 : weight;
        w->day_weight[d + 1] = sum;
    }
}

/* --- channels -----------------------------------------------------------------------------------
 */

/* What is being collected while channels are planned. */
typedef struct planner {
    gen_world *w;
    hf_map *taken;   /* member sets of DMs and groups */
    uint32_t *stamp; /* per user: 1 + the last channel it was put into */
    uint32_t members, cap;
} planner;

static void add_member(planner *p, uint32_t channel, uint32_t user)
{
    gen_world *w = p->w;
    if (p->stamp[user] == channel + 1)
        return;
    if (p->members == p->cap) {
        p->cap = p->cap == 0 ? 4096 : p->cap * 2;
        w->member = hf_realloc(w->member, p->cap, sizeof(*w->member));
    }
    p->stamp[user] = channel + 1;
    w->member[p->members++] = user;
    w->channel[channel].members++;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Forget the members of a channel that is planned again. */
static void drop_members(planner *p, uint32_t channel)
{
    gen_channel *c = &p->w->channel[channel];
    for (uint32_t i = 0; i < c->members; i++)
        p->stamp[p->w->member[c->member_at + i]] = 0;
    p->members = c->member_at;
    c->members = 0;
}

/* Two people (or one and the same), or three to eight, whom no channel of the kind has yet; false
 * when the draws find none, as in a very small workspace. */
static bool choose_few(planner *p, uint32_t index, gen_rng *r)
{
    gen_channel *c = &p->w->channel[index];
    for (int attempt = 0; attempt < 40; attempt++) {
        uint32_t want = c->kind == GEN_GROUP ? 3 + (uint32_t)gen_below(r, 6) : 2;
        if (c->kind == GEN_DM && gen_chance(r, 2500))
            want = 1;
        for (int draw = 0; draw < 60 && c->members < want; draw++) {
            uint32_t user = draw_person(p->w, r);
            if (!p->w->user[user].is_single_guest)
                add_member(p, index, user);
        }
        if (c->members == want) {
            uint32_t sorted[9] = { c->kind == GEN_GROUP ? 1 : 0 };
            memcpy(sorted + 1, gen_members(p->w, c), want * sizeof(*sorted));
            qsort(sorted + 1, want, sizeof(*sorted), by_number);
            bool fresh;
            hf_map_put(p->taken, (hf_view){ (const char *)sorted, (want + 1) * sizeof(*sorted) },
                       &fresh);
            if (fresh)
                return true;
        }
        drop_members(p, index);
    }
    return false;
}

static void choose_many(planner *p, uint32_t index, gen_rng *r)
{
    gen_world *w = p->w;
    uint32_t people = w->users - w->bots;
    uint32_t want = index == 0 ? people : 3 + gen_draw_words(r) * 2;
    if (want > people)
        want = people;
    for (uint32_t draw = 0; draw < want * 3 && w->channel[index].members < want; draw++) {
        uint32_t user = index == 0 ? w->bots + draw : draw_person(w, r);
        if (user >= w->users)
            break;
        if (w->user[user].is_single_guest) {
            if (w->single[user] != 0 || index == 0)
                continue;
            w->single[user] = index + 1;
        }
        add_member(p, index, user);
    }
    if (w->channel[index].members == 0) /* never without anybody */
        add_member(p, index, w->bots);
}

static void name_channel(gen_world *w, uint32_t index, gen_rng *r)
{
    gen_channel *c = &w->channel[index];
    if (c->kind == GEN_DM) {
        c->name = hf_strdup(c->id);
    } else if (c->kind == GEN_GROUP) {
        hf_buf b;
        hf_buf_init(&b, HF_BUF_UNBOUNDED);
        hf_buf_str(&b, "mpdm");
        for (uint32_t i = 0; i < c->members; i++)
            hf_buf_printf(&b, "%s%s", i == 0 ? "-" : "--", w->user[gen_members(w, c)[i]].handle);
        hf_buf_str(&b, "-1");
        c->name = hf_strdup(hf_buf_cstr(&b));
        hf_buf_clear(&b);
    } else if (index == 0) {
        c->name = hf_strdup("general");
    } else {
        const char *topic = topics[gen_below(r, COUNT(topics))];
        const char *aspect = aspects[gen_below(r, COUNT(aspects))];
        c->name = hf_sprintf("%s-%s-%u", topic, aspect, index);
        if (gen_chance(r, 5000))
            c->old_name = hf_sprintf("%s-%u", topic, index);
        if (gen_chance(r, 2000))
            c->shown =
                hf_sprintf("%s-%u", foreign_names[gen_below(r, COUNT(foreign_names))], index);
    }
    if (c->shown == NULL)
        c->shown = hf_strdup(c->name);
}

static void plan_channel(planner *p, uint32_t index)
{
    gen_world *w = p->w;
    gen_channel *c = &w->channel[index];
    gen_rng r = gen_rng_at(w->seed, GEN_F_CHANNEL, index, 0);
    gen_rng who = gen_rng_at(w->seed, GEN_F_MEMBERS, index, 0);
    uint64_t share = gen_below(&r, 100);
    c->kind = index == 0   ? GEN_PUBLIC
              : share < 55 ? GEN_PUBLIC
              : share < 75 ? GEN_PRIVATE
              : share < 93 ? GEN_DM
                           : GEN_GROUP;
    c->member_at = p->members;
    bool is_few = c->kind == GEN_DM || c->kind == GEN_GROUP;
    if (is_few && !choose_few(p, index, &who)) {
        c->kind = GEN_PRIVATE;
        is_few = false;
    }
    if (!is_few)
        choose_many(p, index, &who);
    c->creator = gen_members(w, c)[0];
    gen_id(c->id, c->kind == GEN_DM ? 'D' : c->kind == GEN_GROUP ? 'G' : 'C', index);
    c->zone = w->user[c->creator].zone;
    uint64_t first = index == 0 || gen_chance(&r, 50000) ? 0 : gen_below(&r, w->days * 7 / 10);
    uint64_t last = w->days - 1;
    if (!is_few && index != 0 && gen_chance(&r, 40000)) {
        c->is_archived = true;
        last = first + 20 + gen_below(&r, w->days - first - 20);
    }
    c->created = w->start + (int64_t)first * HF_DAY_US;
    c->last = w->start + (int64_t)(last + 1) * HF_DAY_US;
    name_channel(w, index, &r);
}

/* Messages per channel: weights that fall like a Zipf row whose top is cut off, so that the
 * largest of many channels has 3 to 5 % of all. */
static void share_messages(gen_world *w)
{
    uint64_t total = 0, sum = 0, done = 0;
    for (uint32_t i = 0; i < w->channels; i++)
        total += gen_decay(i + 6, 110, 100);
    for (uint32_t i = 0; i < w->channels; i++) {
        sum += gen_decay(i + 6, 110, 100);
        uint64_t upto = (uint64_t)((unsigned __int128)w->messages * sum / total);
        w->channel[i].first_ordinal = done;
        w->channel[i].messages = upto - done;
        done = upto;
    }
}

static void plan_channels(gen_world *w)
{
    uint64_t n = gen_power(w->messages, 60, 100);
    w->channels = (uint32_t)(n < 8 ? 8 : n);
    w->channel = hf_alloc0(w->channels, sizeof(*w->channel));
    planner p = { .w = w, .taken = hf_map_new() };
    p.stamp = hf_alloc0(w->users, sizeof(*p.stamp));
    for (uint32_t i = 0; i < w->channels; i++)
        plan_channel(&p, i);
    hf_free(p.stamp);
    hf_map_free(p.taken);
    share_messages(w);
}

/* One message in every equal part of the stream carries the code word. */
static void plan_needles(gen_world *w)
{
    uint64_t n = w->messages / 10000 < 10 ? 10 : w->messages / 10000;
    if (n > w->messages / 4)
        n = w->messages / 4;
    w->needles = (uint32_t)n;
    w->needle = hf_alloc0(n == 0 ? 1 : n, sizeof(*w->needle));
    for (uint32_t i = 0; i < w->needles; i++) {
        gen_rng r = gen_rng_at(w->seed, GEN_F_NEEDLE, i, 0);
        uint64_t low = w->messages / n * i;
        w->needle[i].ordinal = low + gen_below(&r, w->messages / n);
    }
}

void gen_world_init(gen_world *w, uint64_t messages, uint64_t seed)
{
    *w = (gen_world){ .seed = seed, .messages = messages };
    plan_days(w);
    plan_users(w);
    plan_channels(w);
    plan_needles(w);
}

void gen_world_clear(gen_world *w)
{
    for (uint32_t i = 0; i < w->channels; i++) {
        hf_free(w->channel[i].name);
        hf_free(w->channel[i].shown);
        hf_free(w->channel[i].old_name);
    }
    hf_free(w->user);
    hf_free(w->user_weight);
    hf_free(w->channel);
    hf_free(w->member);
    hf_free(w->single);
    hf_free(w->day_weight);
    hf_free(w->needle);
}
