// The configuration: values from file, environment and default, and what is said about wrong ones.
#include "base/config.h"
#include "base/err.h"
#include "test.h"

static struct cw_config *config;
static struct cw_str errors;

static int parse(const char *text, char *const *environment) {
    return cw_config_parse(&config, "test.yaml", text, strlen(text), environment, &errors);
}

static void done(void) {
    cw_config_free(config);
    cw_str_fini(&errors);
    config = NULL;
}

// Parses and checks; what is wrong must read exactly so.
static void expect(const char *text, char *const *environment, const char *wrong) {
    int err = parse(text, environment);
    if (!err) err = cw_config_check(config, &errors);
    CHECK_INT(err, *wrong ? CW_EFORMAT : 0);
    CHECK_STR(errors.s ? errors.s : "", wrong);
    done();
}

static void defaults_hold_without_a_file(void) {
    REQUIRE(cw_config_load(&config, NULL, NULL, &errors) == 0);
    CHECK_INT(cw_config_check(config, &errors), 0);
    CHECK_INT(cw_config_int(config, "http.port"), 8080);
    CHECK_INT(cw_config_int(config, "ice.consent_timeout_ms"), 30000);
    CHECK_STR(cw_config_string(config, "http.address"), "127.0.0.1");
    CHECK_STR(cw_config_string(config, "ice.mode"), "lite");
    CHECK_INT(cw_config_choice(config, "log.level"), 2);
    CHECK_INT(cw_config_count(config, "media.codecs"), 4);
    CHECK_STR(cw_config_item(config, 3, "media.codecs"), "opus");
    CHECK_INT(cw_config_count(config, "api.keys"), 0);
    CHECK_INT(cw_config_count(config, "http.cors_origins"), 0);
    done();
}

static void file_values_are_read(void) {
    REQUIRE(parse("http: {port: 81, cors_origins: ['https://a.example', \"*\"]}\n"
                  "ice:\n  mode: full\n  consent_timeout_ms: 1m\n"
                  "api:\n  keys:\n  - {name: one, key: k1}\n  - name: two\n    key: k2\n    scopes: [calls]\n"
                  "dtls:\nmedia:\n  addresses: ~\n  rtp_address: 2001:db8::1\n",
                  NULL) == 0);
    CHECK_INT(cw_config_check(config, &errors), 0);
    CHECK_STR(errors.s ? errors.s : "", "");
    CHECK_INT(cw_config_int(config, "http.port"), 81);
    CHECK_INT(cw_config_count(config, "http.cors_origins"), 2);
    CHECK_STR(cw_config_item(config, 1, "http.cors_origins"), "*");
    CHECK_INT(cw_config_choice(config, "ice.mode"), 1);
    CHECK_INT(cw_config_int(config, "ice.consent_timeout_ms"), 60000);
    CHECK_INT(cw_config_count(config, "api.keys"), 2);
    CHECK_STR(cw_config_string(config, "api.keys[%u].key", 0u), "k1");
    CHECK_STR(cw_config_string(config, "api.keys[%u].name", 1u), "two");
    CHECK_INT(cw_config_count(config, "api.keys[0].scopes"), 0);
    CHECK_STR(cw_config_item(config, 0, "api.keys[1].scopes"), "calls");
    done();
}

static void environment_wins(void) {
    char *environment[] = {"CAUSEWAY_HTTP_PORT=82",
                           "CAUSEWAY_MEDIA_CODECS=opus, PCMU",
                           "CAUSEWAY_API_KEYS_0_KEY=secret",
                           "CAUSEWAY_API_KEYS_1_NAME=more",
                           "CAUSEWAY_API_KEYS_1_KEY=k=2",
                           "CAUSEWAY_HTTP_CORS_ORIGINS=",
                           "PATH=/bin",
                           "CAUSEWAY_SERVICE_HOST=10.0.0.1",
                           "CAUSEWAY_PORT_8080_TCP_ADDR=10.0.0.1",
                           NULL};
    REQUIRE(parse("http: {port: 81, cors_origins: [x]}\napi: {keys: [{name: one, key: k1}]}", environment) == 0);
    CHECK_INT(cw_config_check(config, &errors), 0);
    CHECK_STR(errors.s ? errors.s : "", "");
    CHECK_INT(cw_config_int(config, "http.port"), 82);
    CHECK_INT(cw_config_count(config, "media.codecs"), 2);
    CHECK_STR(cw_config_item(config, 1, "media.codecs"), "PCMU");
    CHECK_INT(cw_config_count(config, "http.cors_origins"), 0);
    CHECK_INT(cw_config_count(config, "api.keys"), 2);
    CHECK_STR(cw_config_string(config, "api.keys[0].name"), "one");
    CHECK_STR(cw_config_string(config, "api.keys[0].key"), "secret");
    CHECK_STR(cw_config_string(config, "api.keys[1].key"), "k=2");
    done();
}

static void unknown_keys_are_refused_with_a_suggestion(void) {
    expect("http:\n  prot: 80\n", NULL, "test.yaml:2:3: unknown key \"http.prot\"; did you mean \"http.port\"?\n");
    expect("htpp:\n  port: 80\n", NULL, "test.yaml:1:1: unknown key \"htpp\"; did you mean \"http\"?\n");
    expect("sip:\n  rtp_port_min: 80\n", NULL, "test.yaml:1:1: unknown key \"sip\"\n");
    expect("calls: {rtp_port_min: 80}\n", NULL,
           "test.yaml:1:9: unknown key \"calls.rtp_port_min\"; did you mean \"media.rtp_port_min\"?\n");
    expect("api: {keys: [{nam: a, name: a, key: b}]}", NULL,
           "test.yaml:1:15: unknown key \"api.keys[0].nam\"; did you mean \"api.keys[].name\"?\n");
    expect("zzzzzzzzzzzz: 1", NULL, "test.yaml:1:1: unknown key \"zzzzzzzzzzzz\"\n");
}

static void unknown_variables_are_refused_with_a_suggestion(void) {
    char *prot[] = {"CAUSEWAY_HTTP_PROT=1", NULL};
    char *gap[] = {"CAUSEWAY_API_KEYS_7_KEY=1", NULL};
    expect("", prot,
           "environment CAUSEWAY_HTTP_PROT: unknown variable \"CAUSEWAY_HTTP_PROT\"; did you mean "
           "\"CAUSEWAY_HTTP_PORT\"?\n");
    expect("", gap,
           "environment CAUSEWAY_API_KEYS_7_KEY: unknown variable \"CAUSEWAY_API_KEYS_7_KEY\"; did you mean "
           "\"CAUSEWAY_API_KEYS_0_KEY\"?\n");
}

static void wrong_values_are_named(void) {
    char *environment[] = {"CAUSEWAY_HTTP_PORT=x", NULL};
    expect("http:\n  port: 99999\n", NULL,
           "test.yaml:2:9: http.port: expected a whole number from 0 to 65535, not \"99999\"\n");
    expect("http: {port: 8080.5}", NULL,
           "test.yaml:1:14: http.port: expected a whole number from 0 to 65535, not \"8080.5\"\n");
    expect("http: {port: 99999999999999999999}", NULL,
           "test.yaml:1:14: http.port: expected a whole number from 0 to 65535, not \"99999999999999999999\"\n");
    expect("", environment,
           "environment CAUSEWAY_HTTP_PORT: http.port: expected a whole number from 0 to 65535, not \"x\"\n");
    expect("calls: {timeout_ms: 9999999999999999h}", NULL,
           "test.yaml:1:21: calls.timeout_ms: expected a time from 1000 to 3600000 ms (1500, 500ms, 30s, 5m or 1h), "
           "not \"9999999999999999h\"\n");
    expect("ice: {mode: lit}", NULL,
           "test.yaml:1:13: ice.mode: expected one of lite, full, not \"lit\"; did you mean \"lite\"?\n");
    expect("media: {codecs: [PCMU, G729]}", NULL,
           "test.yaml:1:17: media.codecs: expected any of PCMU, PCMA, G722, opus, not \"G729\"; did you mean "
           "\"G722\"?\n");
    expect("api: {keys: [{name: a, key: b, scopes: [cals]}]}", NULL,
           "test.yaml:1:40: api.keys[0].scopes: expected any of sessions, calls, metrics, tokens, admin, not \"cals\"; "
           "did you mean \"calls\"?\n");
    expect("media: {addresses: [localhost]}", NULL,
           "test.yaml:1:20: media.addresses: expected an IPv4 or IPv6 address, not \"localhost\"\n");
}

static void wrong_shapes_are_named(void) {
    expect("http: 80", NULL, "test.yaml:1:7: http: expected a section with keys\n");
    expect("- http", NULL, "test.yaml:1:1: the file: expected a section with keys\n");
    expect("http: {port: [1]}", NULL, "test.yaml:1:14: http.port: expected a single value\n");
    expect("media: {codecs: PCMU}", NULL, "test.yaml:1:17: media.codecs: expected a list of words\n");
    expect("media: {codecs: [{a: b}]}", NULL, "test.yaml:1:17: media.codecs: expected a list of words\n");
    expect("api: {keys: {name: a}}", NULL, "test.yaml:1:13: api.keys: expected a list of sections\n");
    expect("http: {port: \"1\\n\"}", NULL,
           "test.yaml:1:14: http.port: control character in the value\n"
           "test.yaml:1:14: http.port: expected a whole number from 0 to 65535, not \"1?\"\n");
    expect("http.port: 80", NULL, "test.yaml:1:1: a key is made of letters, digits and '_'\n");
}

static void duplicates_and_missing_fields_are_named(void) {
    expect("http: {port: 1, port: 2}", NULL, "test.yaml:1:17: http.port is given twice, first in line 1\n");
    expect("api: {keys: [{name: a}]}", NULL, "test.yaml:1:14: api.keys[0].key is missing\n");
}

static void rules_between_keys_hold(void) {
    expect("media: {rtp_port_min: 5000, rtp_port_max: 4000}", NULL,
           "test.yaml:1:43: media.rtp_port_max: must be above media.rtp_port_min (5000)\n");
    expect("http: {tls_key: a.pem}", NULL, "test.yaml:1:17: http.tls_key: needs http.tls_certificate as well\n");
}

static void broken_yaml_is_refused(void) {
    expect("http: {port: 1\n", NULL, "test.yaml:2:1: did not find expected ',' or '}'\n");
    expect("{}\n---\n{}\n", NULL, "test.yaml:2:1: a second document: only one is read\n");
    CHECK_INT(parse("a: &a [*a]", NULL), CW_ETOOBIG);
    cw_str_fini(&errors);
    CHECK_INT(
        parse("a: &a [1,1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
              "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d]",
              NULL),
        CW_ETOOBIG);
    cw_str_fini(&errors);
    CHECK_INT(cw_config_load(&config, "/no/such/file", NULL, &errors), CW_EIO);
    CHECK_STR(errors.s, "/no/such/file: No such file or directory\n");
    cw_str_fini(&errors);
}

static void all_problems_are_listed_up_to_twenty(void) {
    char text[2000] = "http:\n";
    for (int i = 0; i < 30; i++) sprintf(text + strlen(text), "  key%d: 1\n", i);
    REQUIRE(parse(text, NULL) == 0);
    CHECK_INT(cw_config_check(config, &errors), CW_EFORMAT);
    unsigned lines = 0;
    for (const char *c = errors.s; *c; c++) lines += *c == '\n';
    CHECK_INT(lines, 21);
    CHECK(strstr(errors.s, "test.yaml:21:3: unknown key \"http.key19\"\nand 10 more\n") != NULL);
    done();
}

static const struct cw_config_key plugin_keys[] = {
    {.path = "port", .type = CW_CONFIG_INT, .fallback = "5060", .min = 1, .max = 65535},
    {.path = "registrations[].user", .type = CW_CONFIG_STRING, .flags = CW_CONFIG_REQUIRED},
    {.path = "registrations[].pin", .type = CW_CONFIG_INT, .fallback = "0", .max = 9, .flags = CW_CONFIG_SECRET},
    {.path = "trunks[].routes[].to", .type = CW_CONFIG_STRING, .fallback = "any"},
};

static void plugins_bring_keys(void) {
    char *environment[] = {"CAUSEWAY_PHONE_REGISTRATIONS_0_USER=alice", "CAUSEWAY_FAX_A=1", NULL};
    REQUIRE(parse("phone:\n  registrations: [{pin: 4}]\n  trunks:\n  - routes: [{}, {to: b}]\nfax: {a: 1}",
                  environment) == 0);
    CHECK_INT(cw_config_add_keys(config, "phone", plugin_keys, 4), 0);
    CHECK_INT(cw_config_add_keys(config, "phone", plugin_keys, 4), CW_EEXIST);
    CHECK_INT(cw_config_add_keys(config, "http", plugin_keys, 4), CW_EEXIST);
    CHECK_INT(cw_config_add_keys(config, "Bad name", plugin_keys, 4), CW_EINVAL);
    CHECK_INT(cw_config_ignore_section(config, "fax"), 0);
    CHECK_INT(cw_config_check(config, &errors), 0);
    CHECK_STR(errors.s ? errors.s : "", "");
    CHECK_INT(cw_config_int(config, "phone.port"), 5060);
    CHECK_STR(cw_config_string(config, "phone.registrations[0].user"), "alice");
    CHECK_INT(cw_config_int(config, "phone.registrations[0].pin"), 4);
    CHECK_INT(cw_config_count(config, "phone.trunks[%u].routes", 0u), 2);
    CHECK_STR(cw_config_string(config, "phone.trunks[0].routes[1].to"), "b");
    CHECK(cw_config_find_key(config, "phone.port") != NULL);
    CHECK(cw_config_find_key(config, "phone.prot") == NULL);
    done();
}

static void secrets_and_rejections(void) {
    REQUIRE(parse("phone:\n  port: 5062\n  registrations: [{user: a, pin: 47110815}]", NULL) == 0);
    REQUIRE(cw_config_add_keys(config, "phone", plugin_keys, 4) == 0);
    cw_config_reject(config, "phone.port", "%s", "in use");
    CHECK_INT(cw_config_check(config, &errors), CW_EFORMAT);
    CHECK_STR(errors.s, "test.yaml:2:9: phone.port: in use\n"
                        "test.yaml:3:34: phone.registrations[0].pin: expected a whole number from 0 to 9\n");
    done();
}

// Every default of the table must be a value of its own key, and each key must have a variable of its own.
static void the_table_is_sound(void) {
    for (size_t i = 0; i < cw_config_core_key_count; i++) {
        const struct cw_config_key *key = &cw_config_core_keys[i];
        CHECK(key->doc && *key->doc);
        CHECK(!key->min || key->min < key->max);
        if (key->flags & CW_CONFIG_REQUIRED) continue;
        char name[100] = "CAUSEWAY_", variable[200];
        for (const char *c = key->path; *c; c++) {
            size_t len = strlen(name);
            if (*c >= 'a' && *c <= 'z') name[len] = (char)(*c - 32);
            if (*c == '.' || *c == '_') name[len] = '_';
            if (*c == ']') memcpy(name + len, "_0", 2);
        }
        if (strstr(name, "_0_")) continue;
        snprintf(variable, sizeof variable, "%s=%s", name, key->fallback);
        expect("", (char *[]){variable, NULL}, "");
    }
}

// A value as the environment would write it.
static void value_text(char *out, size_t cap, const struct cw_config *from, const struct cw_config_key *key) {
    *out = 0;
    if (key->type == CW_CONFIG_LIST) {
        for (unsigned i = 0; i < cw_config_count(from, "%s", key->path); i++)
            snprintf(out + strlen(out), cap - strlen(out), "%s,", cw_config_item(from, i, "%s", key->path));
    } else if (key->type == CW_CONFIG_INT || key->type == CW_CONFIG_DURATION) {
        snprintf(out, cap, "%lld", (long long)cw_config_int(from, "%s", key->path));
    } else if (key->type == CW_CONFIG_BOOL) {
        snprintf(out, cap, "%d", cw_config_bool(from, "%s", key->path));
    } else {
        snprintf(out, cap, "%s", cw_config_string(from, "%s", key->path));
    }
}

// The sample's text with the comment marks of its example sections taken away, so that they are parsed as well.
static char *read_sample(bool with_examples) {
    FILE *file = fopen(SAMPLE_CONFIG, "r");
    char line[400];
    struct cw_str text = {0};
    if (!file) return NULL;
    while (fgets(line, sizeof line, file)) {
        size_t indent = strspn(line, " ");
        bool example = indent >= 2 && line[indent] == '#' && line[indent + 1] == ' ' && indent < 8;
        char *empty = strstr(line, ": []");
        if (with_examples && example) line[indent] = ' ';
        bool before_example =
            empty && (strstr(line, " keys:") || strstr(line, " servers:") || strstr(line, " accounts:"));
        if (with_examples && before_example) memcpy(empty, ":   ", 4);
        cw_str_printf(&text, "%s", line);
    }
    fclose(file);
    return cw_str_take(&text);
}

static void sample_shows_every_key_with_its_default(void) {
    struct cw_config *defaults;
    REQUIRE(cw_config_load(&config, SAMPLE_CONFIG, NULL, &errors) == 0);
    cw_config_ignore_section(config, "sip"); // the plugin's, tested there
    CHECK_INT(cw_config_check(config, &errors), 0);
    CHECK_STR(errors.s ? errors.s : "", "");
    REQUIRE(cw_config_load(&defaults, NULL, NULL, &errors) == 0);
    char *sample = read_sample(false);
    REQUIRE(sample != NULL);
    for (size_t i = 0; i < cw_config_core_key_count; i++) {
        const struct cw_config_key *key = &cw_config_core_keys[i];
        char got[200], want[200], name[100];
        snprintf(name, sizeof name, " %s:", strrchr(key->path, '.') + 1);
        if (!strstr(sample, name)) printf("# %s is not in the sample\n", key->path);
        CHECK(strstr(sample, name) != NULL);
        if (strstr(key->path, "[]")) continue;
        value_text(got, sizeof got, config, key);
        value_text(want, sizeof want, defaults, key);
        CHECK_STR(got, want);
    }
    free(sample);
    cw_config_free(defaults);
    done();
}

static void the_samples_examples_are_keys(void) {
    char *sample = read_sample(true);
    REQUIRE(sample && parse(sample, NULL) == 0);
    cw_config_ignore_section(config, "sip");
    CHECK_INT(cw_config_check(config, &errors), CW_EFORMAT);
    CHECK(errors.s && strstr(errors.s, "api.keys[0].key is missing") && !strstr(errors.s, "unknown"));
    CHECK_INT(cw_config_count(config, "ice.servers"), 1);
    free(sample);
    done();
}

static const struct cw_test tests[] = {
    TEST(defaults_hold_without_a_file),
    TEST(file_values_are_read),
    TEST(environment_wins),
    TEST(unknown_keys_are_refused_with_a_suggestion),
    TEST(unknown_variables_are_refused_with_a_suggestion),
    TEST(wrong_values_are_named),
    TEST(wrong_shapes_are_named),
    TEST(duplicates_and_missing_fields_are_named),
    TEST(rules_between_keys_hold),
    TEST(broken_yaml_is_refused),
    TEST(all_problems_are_listed_up_to_twenty),
    TEST(plugins_bring_keys),
    TEST(secrets_and_rejections),
    TEST(the_table_is_sound),
    TEST(sample_shows_every_key_with_its_default),
    TEST(the_samples_examples_are_keys),
};
TEST_MAIN(tests)
