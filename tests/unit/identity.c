/* identity: every form of an address that is right, and what is said of those that are wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define EXCEL                                                                                      \
    "is a number as Excel shortens it, its digits are lost: format the column as text and export " \
    "the file again"
#define HEX "0x14574a6DFF2Ddf9e07828b4345d3040919AF5652"
#define BB1 "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h"

static void check(struct slice in, const char *canonical)
{
    char out[IDENTITY_TEXT_MAX];
    const char *why = identity_canonical(in, out);
    if (why != NULL)
        fail_msg("\"%.*s\" %s", (int)in.len, in.ptr, why);
    assert_string_equal(out, canonical);
}

static void both_forms_of_an_account_are_one(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {HEX, BB1},
        {"0x0000000000000000000000000000000000000000", "bb1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs7gvmv"},
        {"0xffffffffffffffffffffffffffffffffffffffff", "bb1llllllllllllllllllllllllllllllllu0frux"},
        {"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "bb1t2htvpfl862vnwdqnuekd9p4ulh3h6hd52k5av"},
        {"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "bb1ld53vz2u580kpwmee6fvu048fsmut56eu4qnae"},
        {"0x092bb4851ae26850588243e7bef22a56287f4739", "bb1py4mfpg6uf59qkyzg0nmau322c5873eeysp5ue"},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        char hex[43];
        check(slice_of(pairs[i][0]), pairs[i][1]);
        check(slice_of(pairs[i][1]), pairs[i][1]);
        assert_int_equal(identity_to_hex(pairs[i][1], hex), 0);
        check(slice_of(hex), pairs[i][1]);
    }
}

static void hex_is_written_with_its_checksum(void **state)
{
    (void)state;
    /* the test vectors of EIP-55, and one of the contract */
    static const char *const addresses[] = {
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x27b1fdb04752bbc536007a920d24acb045561c26",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
        HEX,
    };
    for (size_t i = 0; i < COUNT(addresses); i++) {
        char canonical[IDENTITY_TEXT_MAX], hex[43];
        assert_null(identity_canonical(slice_of(addresses[i]), canonical));
        assert_int_equal(identity_to_hex(canonical, hex), 0);
        assert_string_equal(hex, addresses[i]);
    }
}

static void case_and_blanks_do_not_matter_where_they_carry_nothing(void **state)
{
    (void)state;
    static const char *const same[] = {
        "0x14574a6dff2ddf9e07828b4345d3040919af5652",
        "0x14574A6DFF2DDF9E07828B4345D3040919AF5652",
        "0X14574A6DFF2DDF9E07828B4345D3040919AF5652",
        "BB1Z3T55M0L9H0EUPUZ3DP5T5CYPYV674JJL8MH5H",
        "  " HEX "\r\n",
        "\t" BB1 " ",
        "\xc2\xa0" HEX "\xc2\xa0",
        "\xef\xbb\xbf" BB1,
        "\xe2\x80\x8b" HEX "\xe2\x80\x8b \xc2\xa0",
    };
    for (size_t i = 0; i < COUNT(same); i++)
        check(slice_of(same[i]), BB1);
}

static void a_module_account_is_taken_but_has_no_hex_form(void **state)
{
    (void)state;
    static const char *const modules[] = {
        "bb1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0std9a25",
        "bb1lllllllllllllllllllllllllllllllllllllllllllllllllllsq8dwr6",
    };
    for (size_t i = 0; i < COUNT(modules); i++) {
        char hex[43];
        check(slice_of(modules[i]), modules[i]);
        assert_int_equal(identity_to_hex(modules[i], hex), -1);
    }
}

static void only_a_canonical_address_has_a_hex_form(void **state)
{
    (void)state;
    static const char *const none[] = {"", "bb", "bb1", HEX,
                                       "bb1z3t55m0l9h0eupuz3dp5t5cypyv674jj7mz2jw"};
    for (size_t i = 0; i < COUNT(none); i++) {
        char hex[43];
        assert_int_equal(identity_to_hex(none[i], hex), -1);
    }
}

static void what_cannot_be_right_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        const char *says;
    } cases[] = {
        {"", "is empty"},
        {" \xc2\xa0\t", "is empty"},
        {"bb1z3t55m0l9h0eupuz3dp5t5cypyv674jj7mz2jw", "wrong checksum (bech32)"},
        {"0x14574a6dFF2Ddf9e07828b4345d3040919AF5652", "wrong checksum (EIP-55)"},
        {"0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "wrong checksum (EIP-55)"},
        {"0x14574a6DFF2Ddf9e07828b4345d3040919AF565", "too short"},
        {"0x14574a6DFF2Ddf9e07828b4345d3040919AF56521", "too long"},
        {"0x", "too short"},
        {"0x14574a6DFF2Ddf9e07828b4345d3040919AF565g", "not hex"},
        {"0x14574a6DFF2Ddf9e07828b4345d3040919AF565O", "not hex"},
        {"0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "transaction hash"},
        {"14574a6DFF2Ddf9e07828b4345d3040919AF5652", "lacks the 0x"},
        {"Bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h", "mixes lower and upper case"},
        {"bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5H", "mixes lower and upper case"},
        {"BB1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5h", "mixes lower and upper case"},
        {"bb1", "wrong length"},
        {"bb14dzsew", "wrong length"},
        {"bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5", "wrong length"},
        {"bb1z3t55m0l9h0eupuz3dp5t5cypyv674skw78vv", "wrong length"},    /* 19 bytes */
        {"bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjqqmyzr85", "wrong length"}, /* 21 bytes */
        {"bb1z3t55m0l9h0eupuz3dp5t5cypyv674jj2mtm34", "wrong checksum"}, /* bech32m */
        {"bb1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc03km3ghx", "must be zero"},
        {"bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8mh5b", "no bb1 address has"},
        {"bb1z3t55m0l9h0eupuz3dp5t5cypyv674jjl8m\xc3\xbch", "no bb1 address has"},
        {"bbx1z3t55m0l9h0eupuz3dp5t5cypyv674jjv76jlc", "is not an address"},
        {"cosmos1z3t55m0l9h0eupuz3dp5t5cypyv674jju6nygx", "cosmos1"},
        {"bc1qz3t55m0l9h0eupuz3dp5t5cypyv674jj2qd0vt", "Bitcoin"},
        {"1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "Bitcoin"},
        {"7xKXtg2CW87d97TXJSDpbD5jBkheTqA83TZRuJosgAsU", "Solana"},
        {"name.eth", "ENS name"},
        {"Name.ETH ", "ENS name"},
        {"bb1.eth", "ENS name"},
        {"jo@example.org", "e-mail"},
        {HEX " " HEX, "holds more than one address: give one"},
        {HEX "," BB1, "holds more than one address"},
        {"Jo Smith", "more than one word"},
        {"n/a", "is not an address"},
        {"0", "is not an address"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char out[IDENTITY_TEXT_MAX];
        const char *why = identity_canonical(slice_of(cases[i].in), out);
        if (why == NULL || strstr(why, cases[i].says) == NULL)
            fail_msg("\"%s\" %s", cases[i].in, why != NULL ? why : "was taken");
    }
}

static void one_changed_character_never_passes(void **state)
{
    (void)state;
    static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l1biox-";
    for (size_t at = 3; at < sizeof BB1 - 1; at++) {
        for (size_t k = 0; k < sizeof letters - 1; k++) {
            char address[] = BB1, out[IDENTITY_TEXT_MAX];
            if (address[at] == letters[k])
                continue;
            address[at] = letters[k];
            assert_non_null(identity_canonical(slice_of(address), out));
        }
    }
}

static void bytes_of_any_kind_are_survived(void **state)
{
    (void)state;
    for (size_t cut = 0; cut <= sizeof HEX - 1; cut++) {
        for (int byte = 0; byte < 256; byte++) {
            char value[sizeof HEX] = HEX, out[IDENTITY_TEXT_MAX];
            value[cut] = (char)byte;
            (void)identity_canonical((struct slice){value, cut + 1}, out);
            for (int k = 0; k < IDENTITY_KINDS; k++) {
                char any[IDENTITY_VALUE_MAX];
                (void)identity_read((enum identity_kind)k, (struct slice){value, cut + 1}, any);
            }
            char other[sizeof BB1] = BB1;
            if (cut < sizeof BB1) {
                other[cut] = (char)byte;
                (void)identity_canonical((struct slice){other, cut + 1}, out);
            }
        }
    }
}

static const struct {
    enum identity_kind kind;
    const char *in, *out;
} canonical[] = {
    {IDENTITY_ADDRESS, " " HEX, BB1},
    {IDENTITY_ADDRESS, "=\"" HEX "\"", BB1},
    {IDENTITY_ADDRESS, "=\"" BB1 "\"", BB1},
    {IDENTITY_EMAIL, "=\"Jo@Example.org\"", "jo@example.org"},
    {IDENTITY_EMAIL, "'+jo@example.org", "+jo@example.org"},
    {IDENTITY_ID, "=\"00123\"", "00123"},
    {IDENTITY_ID, " =\"00123\"\xc2\xa0", "00123"},
    {IDENTITY_ID, "'+31612345678", "+31612345678"},
    {IDENTITY_ID, "'00123", "00123"},
    {IDENTITY_USERNAME, "'@Jo", "@Jo"},
    {IDENTITY_USERNAME, "=\"@Jo\"", "@Jo"},
    {IDENTITY_EMAIL, "jo@example.org", "jo@example.org"},
    {IDENTITY_EMAIL, "Jo.Smith+x@Example.ORG", "jo.smith+x@example.org"},
    {IDENTITY_EMAIL, " jo@example.org\r\n", "jo@example.org"},
    {IDENTITY_EMAIL, "\xef\xbb\xbfjo@example.org\xc2\xa0", "jo@example.org"},
    {IDENTITY_EMAIL, "\"a@b\"@Example.org", "\"a@b\"@example.org"},
    {IDENTITY_EMAIL, "\"a\\\"@,b\"@Example.org", "\"a\\\"@,b\"@example.org"},
    {IDENTITY_EMAIL, "jo@localhost", "jo@localhost"},
    {IDENTITY_EMAIL, "JÖ@BüCHER.example", "jö@xn--bcher-kva.example"},
    {IDENTITY_EMAIL, "jo@bu\u0308cher.example", "jo@xn--bcher-kva.example"},
    {IDENTITY_EMAIL, "jo@XN--BCHER-KVA.example", "jo@xn--bcher-kva.example"},
    {IDENTITY_EMAIL, "jo@faß.example", "jo@xn--fa-hia.example"},
    {IDENTITY_EMAIL, "jo@例え。テスト", "jo@xn--r8jz45g.xn--zckzah"},
    {IDENTITY_EMAIL, "ｊｏ＠ｅｘａｍｐｌｅ．ｏｒｇ", "jo@example.org"},
    {IDENTITY_EMAIL, "re\u0301ne@example.org", "réne@example.org"},
    {IDENTITY_EMAIL, "\u200ejo@example.org\u2060\ufe0f\u180e", "jo@example.org"},
    {IDENTITY_EMAIL, "Lee, Jo <Jo@example.org>", "jo@example.org"},
    {IDENTITY_EMAIL, "\"Lee, Jo\" <jo@example.org>;", "jo@example.org"},
    {IDENTITY_EMAIL, "'Jo@example.org' <jo@example.org>", "jo@example.org"},
    {IDENTITY_EMAIL, "<jo@example.org>", "jo@example.org"},
    {IDENTITY_EMAIL, "<mailto:jo@example.org>", "jo@example.org"},
    {IDENTITY_EMAIL, "jo@example.org,", "jo@example.org"},
    {IDENTITY_EMAIL, "jo@example.org;", "jo@example.org"},
    {IDENTITY_EMAIL, "jo@example.org ; ", "jo@example.org"},
    {IDENTITY_EMAIL, "mailto:jo@example.org", "jo@example.org"},
    {IDENTITY_EMAIL, "SMTP:Jo@example.org", "jo@example.org"},
    {IDENTITY_EMAIL, " MailTo:Jo@example.org?subject=x", "jo@example.org"},
    {IDENTITY_EMAIL, "\"jo@example.org\"", "jo@example.org"},
    {IDENTITY_EMAIL, "'jo@example.org'", "jo@example.org"},
    {IDENTITY_EMAIL, "“jo@example.org”", "jo@example.org"},
    {IDENTITY_EMAIL, "\"a@b\"", "a@b"},
    {IDENTITY_ADDRESS, "eth:" HEX, BB1},
    {IDENTITY_ADDRESS, "base:" BB1, BB1},
    {IDENTITY_ADDRESS, "arb1:" HEX ";", BB1},
    {IDENTITY_ADDRESS, "ethereum:" HEX "@1?value=2", BB1},
    {IDENTITY_ADDRESS, "eip155:1:" HEX, BB1},
    {IDENTITY_ADDRESS, "did:pkh:eip155:1:" HEX, BB1},
    {IDENTITY_ADDRESS, "https://etherscan.io/address/" HEX "#code", BB1},
    {IDENTITY_ADDRESS, "Jo <" HEX ">", BB1},
    {IDENTITY_ADDRESS, "\"" HEX "\"", BB1},
    {IDENTITY_ADDRESS, "\u200e" HEX "\u200b", BB1},
    {IDENTITY_ADDRESS, HEX " (MetaMask)", BB1},
    {IDENTITY_ADDRESS, "(" HEX ")", BB1},
    {IDENTITY_ADDRESS, "<" HEX ">", BB1},
    {IDENTITY_ADDRESS, "ETH: " HEX, BB1},
    {IDENTITY_ADDRESS, "my wallet = " BB1, BB1},
    {IDENTITY_ADDRESS, HEX " - main", BB1},
    {IDENTITY_ADDRESS, HEX " – MetaMask's, 2nd", BB1},
    {IDENTITY_ADDRESS, "\"ETH: " HEX "\";", BB1},
    {IDENTITY_EMAIL, "jo@example.org (home)", "jo@example.org"},
    {IDENTITY_EMAIL, "(jo@example.org)", "jo@example.org"},
    {IDENTITY_EMAIL, "[home] jo@example.org", "jo@example.org"},
    {IDENTITY_EMAIL, "E-Mail: jo@example.org", "jo@example.org"},
    {IDENTITY_EMAIL, "email:jo@example.org", "jo@example.org"},
    {IDENTITY_EMAIL, "Private mail: <jo@example.org> (home)", "jo@example.org"},
    {IDENTITY_EMAIL, "jo@example.org - work", "jo@example.org"},
    {IDENTITY_EMAIL, "{jo@example.org}", "jo@example.org"},
    {IDENTITY_EMAIL, "jo@example.org <mailto:jo@example.org>", "jo@example.org"},
    {IDENTITY_EMAIL, "jo@[192.0.2.1]", "jo@[192.0.2.1]"},
    {IDENTITY_EMAIL, "jo@my_host.example", "jo@my_host.example"},
    {IDENTITY_ID, "A\u20101", "A-1"},
    {IDENTITY_ID, "A\u20111", "A-1"},
    {IDENTITY_ID, "A–1", "A–1"},
    {IDENTITY_ID, "“A6“", "A6"},
    {IDENTITY_ID, "`A6`", "A6"},
    {IDENTITY_ID, "´A6´", "A6"},
    {IDENTITY_ID, "＂A6＂", "A6"},
    {IDENTITY_ID, "‹ A6 ›", "A6"},
    {IDENTITY_USERNAME, "「jo」", "jo"},
    {IDENTITY_USERNAME, "’jo‘", "jo"},
    {IDENTITY_ID, "\"'+31\"", "+31"},
    {IDENTITY_ID, "\"12345\"", "12345"},
    {IDENTITY_ID, "'12345'", "12345"},
    {IDENTITY_ID, "„12345“", "12345"},
    {IDENTITY_ID, "« 12345 »", "12345"},
    {IDENTITY_ID, "\u200e123456789012345678", "123456789012345678"},
    {IDENTITY_ID, "\u3000123\u202c\u2060", "123"},
    {IDENTITY_ID, "１２３", "123"},
    {IDENTITY_ID, "٠١٢", "012"},
    {IDENTITY_ID, "Ａ１", "Ａ1"},
    {IDENTITY_USERNAME, "rene\u0301", "rené"},
    {IDENTITY_USERNAME, "\"Jo\"", "Jo"},
    {IDENTITY_USERNAME, "Jo \"the\" Lee", "Jo \"the\" Lee"},
    {IDENTITY_EMAIL, "o'hara@example.org", "o'hara@example.org"},
    {IDENTITY_ID, "00123", "00123"},
    {IDENTITY_ID, " 123456789012345678 ", "123456789012345678"},
    {IDENTITY_ID, "A b", "A b"},
    {IDENTITY_ID, "5E10", "5E10"}, /* may well be one */
    {IDENTITY_ID, "E+11", "E+11"},
    {IDENTITY_ID, "1.5E+", "1.5E+"},
    {IDENTITY_ID, "1.5E+1x", "1.5E+1x"},
    {IDENTITY_ID, "1-2", "1-2"},
    {IDENTITY_USERNAME, "@Jo", "@Jo"},
    {IDENTITY_USERNAME, " jo ", "jo"},
    {IDENTITY_USERNAME, "Zo\xc3\xab \xf0\x9f\x8e\x89", "Zo\xc3\xab \xf0\x9f\x8e\x89"},
    {IDENTITY_USERNAME, "anonymous2", "anonymous2"},
};

static void each_kind_has_its_canonical_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(canonical); i++) {
        char out[IDENTITY_VALUE_MAX];
        const char *why = identity_read(canonical[i].kind, slice_of(canonical[i].in), out);
        if (why != NULL)
            fail_msg("%s \"%s\" %s", identity_kind_name(canonical[i].kind), canonical[i].in, why);
        assert_string_equal(out, canonical[i].out);
    }
}

static const struct {
    enum identity_kind kind;
    const char *in, *says;
} refused[] = {
    {IDENTITY_ADDRESS, "jo@example.org", "is an e-mail address"},
    {IDENTITY_ADDRESS, "stolen " HEX, "more than one word"},
    {IDENTITY_ADDRESS, "Jo " HEX, "more than one word"}, /* who knows who that is */
    {IDENTITY_ADDRESS, "x " HEX, "more than one word"},
    {IDENTITY_ADDRESS, "❌ " HEX, "more than one word"},
    {IDENTITY_ADDRESS, "старый " HEX, "more than one word"},
    {IDENTITY_ADDRESS, HEX " (Dead)", "more than one word"},
    {IDENTITY_EMAIL, "Alt: jo@example.org", ""},
    {IDENTITY_EMAIL, "jo@example.org (旧)", ""},
    {IDENTITY_EMAIL, "jo@example.org - sold", ""},
    {IDENTITY_EMAIL, "Jo Lee (jo@example.org)", ""},
    {IDENTITY_ADDRESS, "", "is empty: give an address"},
    {IDENTITY_ADDRESS, "=\"\"", "is empty: give an address"},
    {IDENTITY_ADDRESS, "N/A", "nobody"},
    {IDENTITY_ADDRESS, "--", "nobody"},
    {IDENTITY_ADDRESS, "1.23E+47", EXCEL},
    {IDENTITY_ADDRESS, "=\"0x12\"", "is too short"},
    {IDENTITY_EMAIL, "", "is empty"},
    {IDENTITY_EMAIL, " \t", "is empty"},
    {IDENTITY_EMAIL, "jo", "has no @"},
    {IDENTITY_EMAIL, "anonymous", "stands for nobody: fill in who it is, or take the row out"},
    {IDENTITY_EMAIL, "-", "nobody"},
    {IDENTITY_EMAIL, "=\"\"", "is empty: fill in"},
    {IDENTITY_EMAIL, "1.23E+11", EXCEL},
    {IDENTITY_EMAIL, "'-", "nobody"},
    {IDENTITY_EMAIL, "@example.org", "missing before or after"},
    {IDENTITY_EMAIL, "jo@", "missing before or after"},
    {IDENTITY_EMAIL, "@", "missing before or after"},
    {IDENTITY_EMAIL, "a@b@c", "more than one @"},
    {IDENTITY_EMAIL, "a@b.org;c@d.org", "holds more than one e-mail address"},
    {IDENTITY_EMAIL, "jo@example.org.", "ends with a dot: leave it out, such as jo@example.org"},
    {IDENTITY_EMAIL, "jo@.", "ends with a dot"},
    {IDENTITY_EMAIL, "\"a b\"@example.org", "holds a blank"},
    {IDENTITY_EMAIL, "jo\xc2\xa0@example.org",
     "holds a character that nobody sees, U+00A0: take it out"},
    {IDENTITY_EMAIL, "jo\xe2\x80\x8b@example.org", "U+200B"},
    {IDENTITY_EMAIL, "jo\xe3\x80\x80@example.org", "U+3000"},
    {IDENTITY_EMAIL, "jo\xef\xbb\xbf@example.org", "U+FEFF"},
    {IDENTITY_EMAIL, "\"jo@example.org", "quote"},
    {IDENTITY_EMAIL, "\"jo\\", "quote"},
    {IDENTITY_EMAIL, "j\to@example.org", "control character"},
    {IDENTITY_EMAIL, "j\xe9@example.org", "not UTF-8"},
    {IDENTITY_EMAIL, "a@b.org, c@d.org", "holds more than one e-mail address: give one"},
    {IDENTITY_EMAIL, "a@b.org c@d.org", "more than one e-mail address"},
    {IDENTITY_EMAIL, "A <a@b.org>, C <c@d.org>", "more than one e-mail address"},
    {IDENTITY_EMAIL, "a@b.org <c@d.org>", "more than one e-mail address"},
    {IDENTITY_EMAIL, "a@b.org / c@d.org", "more than one e-mail address"},
    {IDENTITY_EMAIL, "jo lee@example.org", "holds a blank"},
    {IDENTITY_EMAIL, "jo lee@example.org (home)", "holds a blank"},
    {IDENTITY_EMAIL, "jo@example.org (not mine)", "more than an e-mail address"},
    {IDENTITY_EMAIL, "jo@example.org (b@x.org)", "holds more than one e-mail address"},
    {IDENTITY_EMAIL, "mary - ann@example.org", "holds a blank"},
    {IDENTITY_EMAIL, "jo(home)@example.org", "more than an e-mail address"},
    {IDENTITY_EMAIL, "sip:jo@example.org", "more than an e-mail address"},
    {IDENTITY_EMAIL, "jo@example..org", "has a domain that can't be one"},
    {IDENTITY_EMAIL, "jo@example.org/", "has a domain that can't be one"},
    {IDENTITY_EMAIL, "jo@example.org|", "has a domain that can't be one"},
    {IDENTITY_EMAIL, "jo@example.org\\n", "has a domain that can't be one"},
    {IDENTITY_EMAIL, "jo@.example.org", "has a domain that can't be one"},
    {IDENTITY_EMAIL, "jo@example.org Jo", "holds a blank"},
    {IDENTITY_EMAIL, "［ＮＵＬＬ］", "nobody"},
    {IDENTITY_ADDRESS, HEX " (" HEX ")", "holds more than one address: give one"},
    {IDENTITY_ADDRESS, "ETH: " HEX " BB: " BB1, "holds more than one address"},
    {IDENTITY_ADDRESS, HEX " 0x1234", "holds more than one address"},
    {IDENTITY_ADDRESS, HEX " (old)", "more than one word"},
    {IDENTITY_ADDRESS, "not " HEX, "more than one word"},
    {IDENTITY_ADDRESS, "jo.eth (" HEX ")", "more than one word"},
    {IDENTITY_ADDRESS, "https://opensea.io/" HEX, ""},
    {IDENTITY_ADDRESS, "jo@example.org " HEX, ""},
    {IDENTITY_ADDRESS, "main (MetaMask)", ""},
    {IDENTITY_ADDRESS, "{{wallet}}", "nobody"},
    {IDENTITY_ID, "ＮＵＬＬ", "nobody"},
    {IDENTITY_ID, " “ｎ／ａ” ", "nobody"},
    {IDENTITY_ID, "00000000-0000-0000-0000-000000000000", "nobody"},
    {IDENTITY_USERNAME, "‹—›", "nobody"},
    {IDENTITY_EMAIL, "Jo <jo@example.org", "is more than an e-mail address"},
    {IDENTITY_EMAIL, "Jo <>", "is more than"},
    {IDENTITY_EMAIL, "jo\u00ad@example.org", "U+00AD"},
    {IDENTITY_EMAIL, "jo@exa\u200dmple.org", "U+200D"},
    {IDENTITY_EMAIL, "jo@-ü-.example", "has a domain that can't be one"},
    {IDENTITY_EMAIL, "<NULL>", "nobody"},
    {IDENTITY_EMAIL, "\"-\"", "nobody"},
    {IDENTITY_ADDRESS, HEX "," HEX, "holds more than one address: give one"},
    {IDENTITY_ADDRESS, "eth:" HEX ", gno:" HEX, ""},
    {IDENTITY_ADDRESS, BB1 " <" HEX ">", "more than one"},
    {IDENTITY_ADDRESS, "https://example.org/?a=" HEX, "is not an address"},
    {IDENTITY_ADDRESS, "0x14574a\u200e6DFF2Ddf9e07828b4345d3040919AF5652", "U+200E"},
    {IDENTITY_ADDRESS, "eth:0x12", "too short"},
    {IDENTITY_ID, "1234\u00ad5", "holds a character that nobody sees, U+00AD: take it out"},
    {IDENTITY_ID, "12\u200b345", "U+200B"},
    {IDENTITY_ID, "M\ufffdller",
     "holds U+FFFD, which stands for a letter that was lost: write it as it was, or export the "
     "file again as UTF-8"},
    {IDENTITY_ID, "\ufffd", "U+FFFD"},
    {IDENTITY_USERNAME, "'m\ufffdller'", "U+FFFD"},
    {IDENTITY_EMAIL, "m\ufffdller@example.org", "U+FFFD"},
    {IDENTITY_EMAIL, "jo@m\ufffdller.example", "U+FFFD"},
    {IDENTITY_ID, "a\u00a0b", "U+00A0"},
    {IDENTITY_ID, "\"NULL\"", "nobody"},
    {IDENTITY_ID, "“１.23E+11”", EXCEL},
    {IDENTITY_USERNAME, "jo\U000e0041x", "U+E0041"},
    {IDENTITY_ID, "", "is empty"},
    {IDENTITY_ID, "\xc2\xa0", "is empty"},
    {IDENTITY_ID, "1.23E+11", EXCEL},
    {IDENTITY_ID, "1,23E+11", EXCEL},
    {IDENTITY_ID, "1E+17", EXCEL},
    {IDENTITY_ID, "=\"1.23E+11\"", EXCEL},
    {IDENTITY_ID, "=\"-\"", "nobody"},
    {IDENTITY_ID, " 5.03e+02", EXCEL},
    {IDENTITY_ID, "1\n2", "control character"},
    {IDENTITY_ID, "a\x7f", "control character"},
    {IDENTITY_ID, "a\xc2\x85z", "control character"},
    {IDENTITY_ID, "a\xff", "not UTF-8"},
    {IDENTITY_ID, "-", "nobody"},
    {IDENTITY_ID, "--", "nobody"},
    {IDENTITY_ID, "N/A", "nobody"},
    {IDENTITY_ID, "#N/A", "nobody"},
    {IDENTITY_USERNAME, "Anonymous", "nobody"},
    {IDENTITY_USERNAME, "1.23E+11", EXCEL},
    {IDENTITY_USERNAME, "jo\rx", "control character"},
    {IDENTITY_USERNAME, "", "is empty"},
};

static void each_kind_refuses_what_cannot_be_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused); i++) {
        char out[IDENTITY_VALUE_MAX];
        const char *why = identity_read(refused[i].kind, slice_of(refused[i].in), out);
        if (why == NULL || strstr(why, refused[i].says) == NULL)
            fail_msg("%s \"%s\" %s", identity_kind_name(refused[i].kind), refused[i].in,
                     why != NULL ? why : "was taken");
    }
    char out[IDENTITY_VALUE_MAX];
    assert_non_null(identity_read(IDENTITY_ID, (struct slice){"a\0b", 3}, out));
}

static void who_stands_in_quotes_is_nobody(void **state)
{
    (void)state;
    static const struct {
        enum identity_kind kind;
        const char *in;
    } cases[] = {
        {IDENTITY_EMAIL, "\"\"jo@example.org\"\""},
        {IDENTITY_ID, "\"\"17\"\""},
        {IDENTITY_ID, "\"Ann \"Annie\" Lee\""},
        {IDENTITY_USERNAME, "“Ann “Annie” Lee”"},
        {IDENTITY_ID, "''17''"},
        {IDENTITY_ID, "\"a\" or \"b\""},
    };
    char out[IDENTITY_VALUE_MAX];
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *why = identity_read(cases[i].kind, slice_of(cases[i].in), out);
        assert_non_null(why);
        assert_string_equal(why,
                            "stands in quotes, with more of them inside: give it without them");
    }
}

static void burn_addresses_are_nobodys(void **state)
{
    (void)state;
    static const char *const burnt[] = {
        "0x0000000000000000000000000000000000000000", "bb1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs7gvmv",
        "0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"};
    static const char *const somebodys[] = {HEX, BB1, "0x0000000000000000000000000000000000000001",
                                            "0xfffffffffffffffffffffffffffffffffffffffe",
                                            "0x00000000000000000000000000000000deadbeef"};
    char out[IDENTITY_VALUE_MAX];
    for (size_t i = 0; i < COUNT(burnt); i++) {
        assert_null(identity_read(IDENTITY_ADDRESS, slice_of(burnt[i]), out));
        assert_non_null(identity_nobodys(out));
    }
    for (size_t i = 0; i < COUNT(somebodys); i++) {
        assert_null(identity_read(IDENTITY_ADDRESS, slice_of(somebodys[i]), out));
        assert_null(identity_nobodys(out));
    }
}

static void each_kind_has_a_longest_value(void **state)
{
    (void)state;
    static const struct {
        enum identity_kind kind;
        size_t longest;
    } cases[] = {
        {IDENTITY_EMAIL, IDENTITY_EMAIL_MAX},
        {IDENTITY_ID, IDENTITY_VALUE_MAX - 1},
        {IDENTITY_USERNAME, IDENTITY_VALUE_MAX - 1},
    };
    char in[IDENTITY_VALUE_MAX + 1], out[IDENTITY_VALUE_MAX];
    memset(in, 'a', sizeof in);
    in[2] = '@';
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice s = {in, cases[i].longest};
        assert_null(identity_read(cases[i].kind, s, out));
        assert_int_equal(strlen(out), cases[i].longest);
        s.len++;
        assert_non_null(strstr(identity_read(cases[i].kind, s, out), "too long"));
    }
}

/* What is plain is read at once; a blank before it takes the way of all others. */
static void a_plain_email_is_read_as_any_other(void **state)
{
    static const char *const parts[] = {
        "a", "B7", "mail", "old", "NULL", "n", "e", "Org", "1.23E", "0x", "@", "@",  ".", "-",
        "_", "+",  ".",    "@",   "(",    ":", " ", "é",   "me",    "to", "0", "..", "--"};
    (void)state;
    srand(20261130);
    for (int round = 0; round < 200000; round++) {
        char in[64] = " ", plain[IDENTITY_VALUE_MAX], other[IDENTITY_VALUE_MAX];
        size_t len = 1;
        for (int n = rand() % 7; n >= 0; n--)
            len += (size_t)snprintf(in + len, sizeof(in) - len, "%s",
                                    parts[(size_t)rand() % COUNT(parts)]);
        const char *why = identity_read(IDENTITY_EMAIL, slice_of(in + 1), plain);
        const char *want = identity_read(IDENTITY_EMAIL, slice_of(in), other);
        assert_int_equal(why == NULL, want == NULL);
        assert_string_equal(why == NULL ? plain : why, want == NULL ? other : want);
    }
}

static void kinds_have_names(void **state)
{
    (void)state;
    static const char *const names[IDENTITY_KINDS] = {"address", "email", "id", "username"};
    for (size_t i = 0; i < IDENTITY_KINDS; i++)
        assert_string_equal(identity_kind_name((enum identity_kind)i), names[i]);
    assert_string_equal(identity_kind_name(IDENTITY_KINDS), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_forms_of_an_account_are_one),
        cmocka_unit_test(hex_is_written_with_its_checksum),
        cmocka_unit_test(case_and_blanks_do_not_matter_where_they_carry_nothing),
        cmocka_unit_test(a_module_account_is_taken_but_has_no_hex_form),
        cmocka_unit_test(only_a_canonical_address_has_a_hex_form),
        cmocka_unit_test(what_cannot_be_right_is_refused_with_its_reason),
        cmocka_unit_test(one_changed_character_never_passes),
        cmocka_unit_test(bytes_of_any_kind_are_survived),
        cmocka_unit_test(each_kind_has_its_canonical_form),
        cmocka_unit_test(each_kind_refuses_what_cannot_be_right),
        cmocka_unit_test(who_stands_in_quotes_is_nobody),
        cmocka_unit_test(burn_addresses_are_nobodys),
        cmocka_unit_test(each_kind_has_a_longest_value),
        cmocka_unit_test(a_plain_email_is_read_as_any_other),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
