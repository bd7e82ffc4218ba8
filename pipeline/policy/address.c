/* address: bytes <-> hex or bech32, each with its checksum. */
#include "policy/address.h"

#include <stdbool.h>
#include <string.h>

#define CHECKSUM_LEN 6u
#define DATA_MAX 58u /* of a module's bytes: 52 five-bit values and the checksum */
#define KECCAK_LANES 25
#define KECCAK256_RATE 136u

static const char charset[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
/* The place of each in charset, from 1; 0: it is not there. */
static const uint8_t charset_place[128] = {
    ['q'] = 1,  ['p'] = 2,  ['z'] = 3,  ['r'] = 4,  ['y'] = 5,  ['9'] = 6,  ['x'] = 7,  ['8'] = 8,
    ['g'] = 9,  ['f'] = 10, ['2'] = 11, ['t'] = 12, ['v'] = 13, ['d'] = 14, ['w'] = 15, ['0'] = 16,
    ['s'] = 17, ['3'] = 18, ['j'] = 19, ['n'] = 20, ['5'] = 21, ['4'] = 22, ['k'] = 23, ['h'] = 24,
    ['c'] = 25, ['e'] = 26, ['6'] = 27, ['m'] = 28, ['u'] = 29, ['a'] = 30, ['7'] = 31, ['l'] = 32,
};
static const char hex_lower[] = "0123456789abcdef";

/* ---- Keccak-256 ---- */

static uint64_t rotate(uint64_t x, unsigned by)
{
    return x << by | x >> (64 - by);
}

/* rho and pi: where the lane that is moved goes, one after the other from lane 1 on, and by how much it is turned. */
static const struct {
    uint8_t to, by;
} moves[24] = {{10, 1},  {7, 3},   {11, 6},  {17, 10}, {18, 15}, {3, 21},  {5, 28},  {16, 36},
               {8, 45},  {21, 55}, {24, 2},  {4, 14},  {15, 27}, {23, 41}, {19, 56}, {13, 8},
               {12, 25}, {2, 43},  {20, 62}, {14, 18}, {22, 39}, {9, 61},  {6, 20},  {1, 44}};

/* Keccak-f[1600] (FIPS 202, section 3.3), lane (x, y) at a[x + 5y]. */
static void keccak_permute(uint64_t a[KECCAK_LANES])
{
    uint8_t lfsr = 1;
    for (int round = 0; round < 24; round++) {
        uint64_t c[5];
        for (int x = 0; x < 5; x++)
            c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int x = 0; x < 5; x++) { /* theta */
            uint64_t d = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
            for (int y = 0; y < KECCAK_LANES; y += 5)
                a[x + y] ^= d;
        }
        uint64_t moved = a[1];
        for (int t = 0; t < 24; t++) {
            uint64_t kept = a[moves[t].to];
            a[moves[t].to] = rotate(moved, moves[t].by);
            moved = kept;
        }
        for (int y = 0; y < KECCAK_LANES; y += 5) { /* chi */
            memcpy(c, a + y, sizeof(c));
            for (int x = 0; x < 5; x++)
                a[x + y] ^= ~c[(x + 1) % 5] & c[(x + 2) % 5];
        }
        for (int j = 0; j < 7; j++) { /* iota: x^8 + x^6 + x^5 + x^4 + 1 */
            if (lfsr & 1)
                a[0] ^= UINT64_C(1) << ((1 << j) - 1);
            lfsr = (uint8_t)(lfsr << 1 ^ (lfsr & 0x80 ? 0x71 : 0));
        }
    }
}

/* Of at most one block: len < KECCAK256_RATE. */
static void keccak256(const char *bytes, size_t len, uint8_t out[32])
{
    uint64_t a[KECCAK_LANES] = {0};
    for (size_t i = 0; i < len; i++)
        a[i / 8] ^= (uint64_t)(unsigned char)bytes[i] << 8 * (i % 8);
    a[len / 8] ^= UINT64_C(0x01) << 8 * (len % 8);
    a[KECCAK256_RATE / 8 - 1] ^= UINT64_C(0x80) << 56;
    keccak_permute(a);
    for (size_t i = 0; i < 32; i++)
        out[i] = (uint8_t)(a[i / 8] >> 8 * (i % 8));
}

/* ---- 0x ---- */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The 40 digits with a letter in upper case where the hash of the lower-case digits says so
 * (EIP-55). */
void address_write_hex(const uint8_t bytes[ADDRESS_SIZE], char out[ADDRESS_HEX_DIGITS])
{
    uint8_t hash[32];
    for (size_t i = 0; i < ADDRESS_HEX_DIGITS; i++)
        out[i] = hex_lower[bytes[i / 2] >> (i % 2 ? 0 : 4) & 0xf];
    keccak256(out, ADDRESS_HEX_DIGITS, hash);
    for (size_t i = 0; i < ADDRESS_HEX_DIGITS; i++) {
        if (out[i] >= 'a' && (hash[i / 2] >> (i % 2 ? 0 : 4) & 0x8))
            out[i] = (char)(out[i] - 'a' + 'A');
    }
}

const char *address_read_hex(struct slice digits, uint8_t out[ADDRESS_SIZE])
{
    bool lower = false, upper = false;
    char expected[ADDRESS_HEX_DIGITS];
    for (size_t i = 0; i < digits.len; i++) {
        if (hex_value(digits.ptr[i]) < 0)
            return "holds a character that is not hex (0-9, a-f) after 0x: copy the address again";
        lower = lower || (digits.ptr[i] >= 'a');
        upper = upper || (digits.ptr[i] >= 'A' && digits.ptr[i] <= 'F');
    }
    if (digits.len == 64)
        return "is 0x + 64 hex, a transaction hash or a key: give the address (0x + 40 hex, or "
               "bb1…)";
    if (digits.len < ADDRESS_HEX_DIGITS)
        return "is too short: an address has 40 hex digits after 0x";
    if (digits.len > ADDRESS_HEX_DIGITS)
        return "is too long: an address has 40 hex digits after 0x";
    for (size_t i = 0; i < ADDRESS_SIZE; i++)
        out[i] = (uint8_t)(hex_value(digits.ptr[2 * i]) << 4 | hex_value(digits.ptr[2 * i + 1]));
    if (!lower || !upper) /* there is no checksum in them */
        return NULL;
    address_write_hex(out, expected);
    if (memcmp(expected, digits.ptr, ADDRESS_HEX_DIGITS) != 0)
        return "has a wrong checksum (EIP-55): a digit or a letter's case was changed; copy it "
               "again";
    return NULL;
}

/* ---- bech32 (BIP 173) ---- */

static uint32_t polymod(uint32_t sum, uint8_t value)
{
    uint32_t top = sum >> 25;
    sum = (sum & 0x1ffffff) << 5 ^ value;
    sum ^= -(top & 1) & 0x3b6a57b2;
    sum ^= -(top >> 1 & 1) & 0x26508e6d;
    sum ^= -(top >> 2 & 1) & 0x1ea119fa;
    sum ^= -(top >> 3 & 1) & 0x3d4233dd;
    sum ^= -(top >> 4 & 1) & 0x2a1462b3;
    return sum;
}

/* Over the human-readable part `bb` and n values. */
static uint32_t checksum(const uint8_t *values, size_t n)
{
    static const uint8_t hrp[] = {'b' >> 5, 'b' >> 5, 0, 'b' & 31, 'b' & 31};
    uint32_t sum = 1;
    for (size_t i = 0; i < sizeof(hrp); i++)
        sum = polymod(sum, hrp[i]);
    for (size_t i = 0; i < n; i++)
        sum = polymod(sum, values[i]);
    return sum;
}

/* Groups of `from` bits to groups of `to` bits.  Returns what is left over: *bits_left bits (< to).
 */
static uint32_t regroup(const uint8_t *in, size_t n, unsigned from, unsigned to, uint8_t *out,
                        unsigned *bits_left)
{
    uint32_t held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < n; i++) {
        held = held << from | in[i];
        bits += from;
        while (bits >= to) {
            bits -= to;
            *out++ = (uint8_t)(held >> bits & ((1u << to) - 1));
        }
        held &= (1u << bits) - 1;
    }
    *bits_left = bits;
    return held;
}

void address_write_bech32(const uint8_t *bytes, size_t n, char out[ADDRESS_BECH32_MAX])
{
    uint8_t values[DATA_MAX] = {0}; /* the checksum is made over zeros in its own place */
    unsigned bits = 0;
    size_t data_len = (n * 8 + 4) / 5;
    uint32_t rest = regroup(bytes, n, 8, 5, values, &bits);
    if (bits > 0)
        values[data_len - 1] = (uint8_t)(rest << (5 - bits));
    uint32_t sum = checksum(values, data_len + CHECKSUM_LEN) ^ 1;
    for (size_t i = 0; i < CHECKSUM_LEN; i++)
        values[data_len + i] = (uint8_t)(sum >> 5 * (5 - i) & 31);
    memcpy(out, "bb1", 3);
    for (size_t i = 0; i < data_len + CHECKSUM_LEN; i++)
        out[3 + i] = charset[values[i]];
    out[3 + data_len + CHECKSUM_LEN] = '\0';
}

/* The data part (after `bb1`) as five-bit values; upper tells the case of the part before. */
static const char *read_values(struct slice data, bool lower, bool upper, uint8_t values[DATA_MAX])
{
    for (size_t i = 0; i < data.len; i++) {
        char c = data.ptr[i];
        lower = lower || (c >= 'a' && c <= 'z');
        upper = upper || (c >= 'A' && c <= 'Z');
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        uint8_t place =
            (unsigned char)c < sizeof(charset_place) ? charset_place[(unsigned char)c] : 0;
        if (place == 0)
            return "holds a character that no bb1 address has after bb1: copy the address again";
        if (i < DATA_MAX)
            values[i] = (uint8_t)(place - 1);
    }
    if (lower && upper)
        return "mixes lower and upper case: a bb1 address is all lower case; copy it again";
    return NULL;
}

const char *address_read_bech32(struct slice in, uint8_t out[ADDRESS_MODULE_SIZE], size_t *n)
{
    uint8_t values[DATA_MAX];
    struct slice data = {in.ptr + 3, in.len - 3};
    unsigned bits = 0;
    bool upper = in.ptr[0] == 'B' || in.ptr[1] == 'B';
    bool lower = in.ptr[0] == 'b' || in.ptr[1] == 'b';
    const char *why = read_values(data, lower, upper, values);
    if (why)
        return why;
    if (data.len != DATA_MAX && data.len != ADDRESS_SIZE * 8 / 5 + CHECKSUM_LEN)
        return "has a wrong length: a bb1 address has 41 characters, or 61 (module accounts)";
    if (checksum(values, data.len) != 1)
        return "has a wrong checksum (bech32): a character was changed; copy the address again";
    *n = data.len == DATA_MAX ? ADDRESS_MODULE_SIZE : ADDRESS_SIZE;
    if (regroup(values, data.len - CHECKSUM_LEN, 5, 8, out, &bits) != 0)
        return "has bits set that must be zero (bech32): copy the address again";
    return NULL;
}
