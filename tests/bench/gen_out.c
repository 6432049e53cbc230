/* tests/bench/gen_out.c: members into a sink, digests and counts on the way. */
#include "gen.h"

#define FLUSH_BYTES (1u << 20)

void gen_out_begin(gen_out *o, const char *name)
{
    o->name = hf_strdup(name);
    hf_buf_reset(&o->buf);
    hf_sha256_begin(o->sha);
    o->members++;
    if (o->err == NULL)
        (void)hf_sink_member(o->sink, hf_view_str(name), &o->err);
}

static void write_out(gen_out *o)
{
    hf_sha256_add(o->sha, hf_buf_view(&o->buf));
    o->bytes += o->buf.n;
    if (o->err == NULL)
        (void)hf_sink_write(o->sink, hf_buf_view(&o->buf), &o->err);
    hf_buf_reset(&o->buf);
}

void gen_out_flush(gen_out *o)
{
    if (o->buf.n >= FLUSH_BYTES)
        write_out(o);
}

void gen_out_end(gen_out *o)
{
    write_out(o);
    hf_sha256 digest = hf_sha256_finish(o->sha);
    char hex[65];
    hf_sha256_hex(&digest, hex);
    hf_buf_str(&o->buf, hex);
    hf_buf_str(&o->buf, "  ");
    hf_buf_str(&o->buf, o->name);
    digest = hf_sha256_of(hf_buf_view(&o->buf));
    hf_setdigest_add(&o->content, &digest);
    hf_buf_reset(&o->buf);
    hf_free(o->name);
    o->name = NULL;
}

void gen_out_folder(gen_out *o, const char *name)
{
    char *slashed = hf_sprintf("%s/", name);
    if (o->err == NULL)
        (void)hf_sink_member(o->sink, hf_view_str(slashed), &o->err);
    hf_free(slashed);
}

static void count_carried(gen_tally *t, const gen_stream *s, uint32_t i)
{
    gen_reaction reaction[GEN_MAX_REACTIONS];
    gen_file file[GEN_MAX_FILES];
    uint32_t n = gen_reactions(s, i, reaction);
    for (uint32_t k = 0; k < n; k++)
        t->counts.reactions += reaction[k].count;
    t->counts.files += gen_files(s, i, file);
}

void gen_tally_add(gen_tally *t, const gen_stream *s, uint32_t i, hf_view text)
{
    const gen_msg *m = &s->msg[i];
    gen_counts *c = &t->counts;
    gen_msg_kind kind = (gen_msg_kind)m->kind;
    c->messages++;
    c->replies += m->root != GEN_NO_ROOT;
    c->roots += gen_reply_count(s, i) > 0;
    c->bot += kind == GEN_M_BOT;
    c->deleted += kind == GEN_M_DELETED;
    c->system += kind == GEN_M_JOIN || kind == GEN_M_LEAVE || kind == GEN_M_TOPIC ||
                 kind == GEN_M_PURPOSE || kind == GEN_M_CALL;
    c->edited += m->is_edited;
    c->broadcast += m->is_broadcast;
    if (!t->is_slackbot_author || (kind != GEN_M_CALL && kind != GEN_M_DELETED))
        t->by_user[m->user]++;
    t->by_kind[s->c->kind]++;
    count_carried(t, s, i);

    int64_t key[5] = { m->us / 1000, s->index, m->user, m->kind,
                       m->root == GEN_NO_ROOT ? -1 : s->msg[m->root].us / 1000 };
    uint8_t bytes[sizeof(key)]; /* big-endian, the same on every machine */
    for (size_t k = 0; k < sizeof(bytes); k++)
        bytes[k] = (uint8_t)((uint64_t)key[k / 8] >> (56 - 8 * (k % 8)));
    hf_sha256_begin(t->sha);
    hf_sha256_add(t->sha, (hf_view){ (const char *)bytes, sizeof(bytes) });
    hf_sha256_add(t->sha, text);
    hf_sha256 digest = hf_sha256_finish(t->sha);
    hf_setdigest_add(&t->logical, &digest);
}

void gen_tally_text(gen_tally *t, hf_view markdown)
{
    hf_sha256 digest = hf_sha256_of(gen_storable(&t->storable, markdown));
    hf_setdigest_add(&t->texts, &digest);
    t->ntexts++;
}

void gen_tally_extra(gen_tally *t, const char *name, uint64_t n)
{
    uint32_t k = 0;
    if (n == 0)
        return;
    while (k < t->extras && strcmp(t->extra[k].name, name) != 0)
        k++;
    if (k == sizeof(t->extra) / sizeof(t->extra[0]))
        return;
    if (k == t->extras)
        t->extra[t->extras++] = (gen_named){ .name = name };
    t->extra[k].n += n;
}
