/* tests/bench/gen_draw.c: draws, and powers without floating point. */
#include "gen.h"

#include "curves.inc"

gen_rng gen_rng_at(uint64_t seed, gen_field field, uint64_t a, uint64_t b)
{
    uint64_t s = gen_mix(seed + UINT64_C(0x9E3779B97F4A7C15));
    s = gen_mix(s ^ (a * UINT64_C(0xD1342543DE82EF95) + (uint64_t)field));
    return (gen_rng){ gen_mix(s ^ (b + UINT64_C(0x2545F4914F6CDD1D))) };
}

/* log2(x) with 32 bits after the point, x >= 1, by squaring the mantissa. */
static uint64_t log2_q32(uint64_t x)
{
    unsigned whole = 63 - (unsigned)__builtin_clzll(x);
    uint64_t m = x << (63 - whole), y = whole; /* 1 <= m / 2^63 < 2 */
    for (int bit = 0; bit < 32; bit++) {
        unsigned __int128 square = ((unsigned __int128)m * m) >> 63;
        bool carry = (square >> 64) != 0;
        m = (uint64_t)(carry ? square >> 1 : square);
        y = y << 1 | (carry ? 1 : 0);
    }
    return y;
}

static uint64_t root_of(unsigned __int128 x)
{
    uint64_t r = 0;
    for (int bit = 63; bit >= 0; bit--) {
        uint64_t t = r | UINT64_C(1) << bit;
        if ((unsigned __int128)t * t <= x)
            r = t;
    }
    return r;
}

/* 2^y, y with 32 bits after the point, rounded down; y < 64. */
static uint64_t exp2_q32(uint64_t y)
{
    static uint64_t step[32]; /* step[k] = 2^(2^-(k+1)), 63 bits after the point */
    if (step[0] == 0) {
        step[0] = root_of((unsigned __int128)1 << 127);
        for (int k = 1; k < 32; k++)
            step[k] = root_of((unsigned __int128)step[k - 1] << 63);
    }
    uint64_t m = UINT64_C(1) << 63;
    for (int k = 0; k < 32; k++)
        if (y >> (31 - k) & 1)
            m = (uint64_t)(((unsigned __int128)m * step[k]) >> 63);
    return m >> (63 - (y >> 32));
}

uint64_t gen_power(uint64_t x, uint32_t num, uint32_t den)
{
    return exp2_q32(log2_q32(x) * num / den);
}

uint64_t gen_decay(uint64_t k, uint32_t num, uint32_t den)
{
    uint64_t drop = log2_q32(k) * num / den, top = UINT64_C(40) << 32;
    return drop >= top ? 1 : exp2_q32(top - drop);
}

uint32_t gen_draw_words(gen_rng *r)
{
    return curve_words[gen_below(r, 4096)];
}

uint32_t gen_draw_file_bytes(gen_rng *r)
{
    return curve_file_bytes[gen_below(r, 4096)];
}

uint32_t gen_draw_rank(gen_rng *r)
{
    return curve_rank[gen_below(r, 4096)];
}

uint32_t gen_draw_day_second(gen_rng *r)
{
    return curve_day_second[gen_below(r, 4096)] + (uint32_t)gen_below(r, 60);
}

void gen_id(char out[12], char letter, uint64_t n)
{
    /* n times an odd number that 3 does not divide, modulo 36^8: no two n share an id, and the ids
     * do not look like a counter. */
    static const char digit[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const uint64_t modulus = UINT64_C(2821109907456);
    uint64_t v = (uint64_t)((unsigned __int128)(n + 1) * UINT64_C(1500450271019) % modulus);
    out[0] = letter;
    out[1] = '0';
    for (int i = 9; i >= 2; i--, v /= 36)
        out[i] = digit[v % 36];
    out[10] = '\0';
}
