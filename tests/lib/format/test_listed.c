/* tests/lib/format/test_listed.c: a membership is said by its channel's list, and by no other. */
#include "support.h"

#include "format/listed.h"

static hf_record *membership(hf_batch *b, const char *origin, const char *channel, const char *user)
{
    hf_record *r = hf_batch_add(b, HF_KIND_MEMBERSHIP);

    r->origin = hf_view_str(origin);
    if (channel != NULL)
        hf_rec_text(b, r, HF_F_MEMBERSHIP_CHANNEL, 0, hf_view_str(channel));
    hf_rec_text(b, r, HF_F_MEMBERSHIP_USER, 0, hf_view_str(user));
    return r;
}

static void finds_members(void **state)
{
    static const struct {
        const char *origin, *channel, *user;
        bool is_listed;
    } cases[] = {
        { "T1", "C1", "U1", true },  { "T1", "C1", "U2", true },  { "T1", "C1", "U3", false },
        { "T1", "C2", "U1", false }, { "T2", "C1", "U1", false }, /* another server's */
        { "T1", NULL, "U1", false },                              /* of a workspace */
        { "T1", "C1U", "1", false },                              /* parts do not run together */
    };
    hf_batch *b = hf_batch_new();
    hf_listed *l = hf_listed_new();
    hf_record *c = hf_batch_add(b, HF_KIND_CHANNEL);

    (void)state;
    c->origin = HF_V("T1");
    c->id = HF_V("C1");
    for (size_t i = 0; i < T_COUNT(cases); i++) /* nobody is known yet */
        assert_false(
            hf_listed_has(l, membership(b, cases[i].origin, cases[i].channel, cases[i].user)));
    hf_rec_text(b, c, HF_F_CHANNEL_MEMBER, 0, HF_V("U1"));
    hf_rec_text(b, c, HF_F_CHANNEL_MEMBER, 1, HF_V("U2"));
    hf_listed_add(l, c);
    hf_listed_add(l, c); /* a definition given twice */
    for (size_t i = 0; i < T_COUNT(cases); i++)
        assert_int_equal(
            cases[i].is_listed,
            hf_listed_has(l, membership(b, cases[i].origin, cases[i].channel, cases[i].user)));
    hf_listed_free(l);
    hf_batch_free(b);
}

/* Past several sizes of its table. */
static void grows(void **state)
{
    enum { MEMBERS = 5000 };
    hf_batch *b = hf_batch_new();
    hf_listed *l = hf_listed_new();
    hf_record *c = hf_batch_add(b, HF_KIND_CHANNEL);

    (void)state;
    c->id = HF_V("C1");
    for (uint32_t i = 0; i < MEMBERS; i++)
        hf_rec_text(b, c, HF_F_CHANNEL_MEMBER, i, hf_arena_printf(b->mem, "U%u", i));
    hf_listed_add(l, c);
    for (uint32_t i = 0; i < 2 * MEMBERS; i++) {
        hf_view user = hf_arena_printf(b->mem, "U%u", i);

        assert_int_equal(i < MEMBERS, hf_listed_has(l, membership(b, "", "C1", user.p)));
    }
    hf_listed_free(l);
    hf_batch_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(finds_members), cmocka_unit_test(grows) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
