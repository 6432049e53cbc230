/* tests/lib/text/test_secret.c: what counts as a secret in a text, and what does not. */
#include "support.h"

#include "text/secret.h"

static void masks(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "nothing here", "nothing here" },
        { "", "" },
        { "https://files.example.com/a?token=xoxe-12345-abcdef&x=1",
          "https://files.example.com/a?token=MASKED&x=1" },
        { "see xoxb-1234567890-abc.", "see xoxb-MASKED" }, /* rotated tokens have points inside */
        { "xoxb-short", "xoxb-short" },                    /* talk about tokens is no token */
        { "foxoxb-1234567890-abc", "foxoxb-1234567890-abc" },
        { "<https://e.com/?a=1&amp;Token=abc|link>", "<https://e.com/?a=1&amp;Token=MASKED|link>" },
        { "https://ann:hunter2@e.com/x", "https://ann:MASKED@e.com/x" },
        { "https://ann@e.com:8080/x", "https://ann@e.com:8080/x" }, /* a port is no password */
        { "https://e.com/a:b@c", "https://e.com/a:b@c" },           /* past the host */
        { "what about token=5?", "what about token=5?" },           /* no address */
        { "https://e.com/?tokens=5&sig=", "https://e.com/?tokens=5&sig=" },
        { "https://e.com/?token=MASKED", "https://e.com/?token=MASKED" },
        { "(https://s3/x?X-Amz-Signature=0af) and ?pub_secret=9",
          "(https://s3/x?X-Amz-Signature=MASKED) and ?pub_secret=MASKED" },
        { "<https://hooks.slack.com/services/T0/B0/abcDEF|x>",
          "<https://hooks.slack.com/services/MASKED|x>" },
        { "hooks.slack.com/triggers/T0/1/a and /services/",
          "hooks.slack.com/triggers/MASKED and /services/" },
        { "https://chat.x/hooks/7ej8dzmbn3yx3czyaqyyfmj6zc?u", "https://chat.x/hooks/MASKED?u" },
        { "https://git.x/hooks/pre-commit", "https://git.x/hooks/pre-commit" }, /* no id */
        { "/hooks/7ej8dzmbn3yx3czyaqyyfmj6zcz", "/hooks/7ej8dzmbn3yx3czyaqyyfmj6zcz" },
        { "https://discord.com/api/webhooks/12/aB-c_d!",
          "https://discord.com/api/webhooks/12/MASKED" },
        { "https://x.webhook.office.com/webhookb2/1@2/IncomingWebhook/3/4",
          "https://x.webhook.office.com/webhookb2/MASKED" },
        { "hooks.slack.com/services/", "hooks.slack.com/services/" },
        { "://", "://" },
        { "?", "?" },
        { "?token", "?token" },
        { "://:@", "://:@" },
    };
    hf_arena *mem = hf_arena_new();

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_view text = hf_view_str(cases[i].text);
        bool found = false;

        T_VIEW(cases[i].want, hf_secret_mask(text, mem, &found));
        assert_int_equal(found, strcmp(cases[i].text, cases[i].want) != 0);
        assert_int_equal(hf_secret_is_in(text), found);
        /* What is masked stays as it is. */
        T_VIEW(cases[i].want, hf_secret_mask(hf_view_str(cases[i].want), mem, NULL));
    }
    hf_arena_free(mem);
}

static void masks_json(void **state)
{
    static const struct {
        const char *json, *want;
    } cases[] = {
        { "{\"u\":\"https:\\/\\/x?token=xoxe-1234567890ab\",\"t\":\"plain\"}",
          "{\"u\":\"https:\\/\\/x?token=MASKED\",\"t\":\"plain\"}" },
        /* an escaped quote ends the value and must not end the string */
        { "{\"u\":\"see ?token=abc\\\" there\"}", "{\"u\":\"see ?token=MASKED\\\" there\"}" },
        { "{\"xoxb-12345678901\":1}", "{\"xoxb-MASKED\":1}" }, /* keys are texts too */
        { "{\"t\":\"nothing\"}", "{\"t\":\"nothing\"}" },
        /* seen only when escapes are decoded: of PHP, of Go, of somebody who hides it */
        { "[\"https:\\/\\/ann:hunter2@x\"]", "[\"https:\\/\\/ann:MASKED@x\"]" },
        { "[\"?a=1\\u0026token=abc\"]", "[\"?a=1\\u0026token=MASKED\"]" },
        { "[\"\\u0078oxb-12345678901\"]", "[\"xoxb-MASKED\"]" },
        { "[\"https:\\/\\/hooks.slack.com\\/services\\/T\\/B\\/x\"]",
          "[\"https:\\/\\/hooks.slack.com\\/services\\/MASKED\"]" },
        /* no JSON: as it stands, or decoded when it must be */
        { "{\"a\": xoxb-12345678901 \\n", "{\"a\": xoxb-MASKED \\n" },
        { "{\"a\":\"?b\\u0026token=abc", "{\"a\":\"?b&token=MASKED" },
        { "", "" },
    };
    hf_arena *mem = hf_arena_new();

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_view json = hf_view_str(cases[i].json);
        bool found = false;

        T_VIEW(cases[i].want, hf_secret_mask_json(json, mem, &found));
        assert_int_equal(found, strcmp(cases[i].json, cases[i].want) != 0);
        T_VIEW(cases[i].want, hf_secret_mask_json(hf_view_str(cases[i].want), mem, NULL));
    }
    hf_arena_free(mem);
}

static void masks_connections(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "northwind.zip", "northwind.zip" },
        { "", "" },
        { "postgresql://ann:hunter2@db:5432/mm", "postgresql://ann:MASKED@db:5432/mm" },
        { "postgresql://ann@db:5432/mm", "postgresql://ann@db:5432/mm" },
        { "postgresql://db:5432/mm?a=b@c", "postgresql://db:5432/mm?a=b@c" },  /* past the host */
        { "postgresql://ann:a#b?c@d@db/mm", "postgresql://ann:MASKED@db/mm" }, /* libpq takes it */
        { "postgres://ann:a/b@c@db/mm?x=y@z",
          "postgres://ann:MASKED@db/mm?x=y@z" }, /* it does not */
        { "postgresql://db:5432/mm and ann@example.org",
          "postgresql://db:5432/mm and ann@example.org" },
        { "https://host:443/a@b", "https://host:443/a@b" }, /* no database's address */
        { "postgresql://db/mm?user=ann&password=p%26q&x=1",
          "postgresql://db/mm?user=ann&password=MASKED&x=1" },
        { "mattermost:host=db password=hunter2 user=ann",
          "mattermost:host=db password=MASKED user=ann" },
        { "password=hunter2", "password=MASKED" },
        { "password = 'it\\'s me' host=db", "password = 'MASKED' host=db" },
        { "host=db password='open", "host=db password='MASKED" },
        { "host=db password=a\\ b sslpassword=c", "host=db password=MASKED sslpassword=MASKED" },
        { "host=db passfile=/x mypassword=1", "host=db passfile=/x mypassword=1" },
        { "password-command=cat", "password-command=cat" }, /* says where, not what */
        { "password=", "password=" },
        { "password", "password" },
        { "ann:hunter2@db/mm", "ann:MASKED@db/mm" }, /* its beginning was forgotten */
        { "ann:a/b@c@db:5432/mm?x=y@z", "ann:MASKED@db:5432/mm?x=y@z" },
        { "source ann:hunter2@db/mm", "source ann:MASKED@db/mm" },
        { "from:ann@example.org in:ops", "from:ann@example.org in:ops" }, /* a query */
        { "12:30 ann@db/mm", "12:30 ann@db/mm" },
        { "://:@", "://:@" },
    };
    hf_arena *mem = hf_arena_new();

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++)
        T_VIEW(cases[i].want, hf_secret_mask_passwords(hf_view_str(cases[i].text), mem));
    hf_arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(masks), cmocka_unit_test(masks_json),
                                        cmocka_unit_test(masks_connections) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
