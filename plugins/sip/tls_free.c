// Frees what Sofia forgets of a TLS connection: its SSL, which is 60 kB and more.
//
//   tls_init_secondary: bio = BIO_new_socket; ssl = SSL_new(ctx); SSL_set_bio(ssl, bio, bio)
//   tls_free:           SSL_shutdown(ssl); SSL_CTX_free(ctx); BIO_free(bio)
//
// After SSL_set_bio the BIO has two references, both the SSL's; BIO_free takes one, and SSL_CTX_free takes the one that
// the SSL has. So each SSL gets one more reference to its SSL_CTX, its BIO loses one when it is used first, and the SSL
// is freed in the BIO's callback when BIO_free takes the last. A Sofia that frees the SSL itself is noticed by that.
#include "tls_free.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>

#include "thread.h"

struct thread {
    bool watched;
    const struct cw_sip_stack *stack;
    BIO *last; // the SSL made next belongs to it
};

static _Thread_local struct thread here;
static int bio_index = -1, ssl_index = -1; // the SSL of a BIO, the BIO of an SSL

// Sofia closes such a connection without a word, and the call ends with a time-out.
static void log_untrusted(const SSL *ssl) {
    long result = SSL_get_verify_result(ssl);
    if (SSL_is_server(ssl) || result == X509_V_OK) return;
    if (cw_sip_config_of(here.stack)->tls_verify == CW_SIP_TLS_VERIFY_NONE) return;
    cw_sip_count(here.stack, "tls_untrusted");
    cw_sip_log(here.stack, CW_HOST_WARN, "sip.tls.untrusted", "why=\"%s\"", X509_verify_cert_error_string(result));
}

static void free_with(BIO *bio, SSL *ssl) {
    BIO_set_ex_data(bio, bio_index, NULL);
    log_untrusted(ssl);
    for (int i = 0; i < 3; i++) BIO_up_ref(bio); // the SSL gives two back; the BIO is ended by whom we return to
    SSL_set0_rbio(ssl, NULL);
    SSL_set0_wbio(ssl, NULL);
    SSL_free(ssl);
}

static long on_bio(BIO *bio, int operation, const char *data, size_t len, int argi, long argl, int result,
                   size_t *processed) {
    SSL *ssl = BIO_get_ex_data(bio, bio_index);
    (void)data;
    (void)len;
    (void)argi;
    (void)argl;
    (void)processed;
    if (ssl && operation == BIO_CB_FREE) {
        free_with(bio, ssl);
    } else if (ssl && SSL_get_rbio(ssl) == bio && !BIO_get_callback_arg(bio)) {
        BIO_set_callback_arg(bio, (char *)&here); // once
        BIO_free(bio);
    }
    return result;
}

static void on_new_bio(void *bio, void *value, CRYPTO_EX_DATA *data, int index, long argl, void *argp) {
    (void)value;
    (void)data;
    (void)index;
    (void)argl;
    (void)argp;
    if (here.watched) here.last = bio;
}

static void on_new_ssl(void *ssl, void *value, CRYPTO_EX_DATA *data, int index, long argl, void *argp) {
    (void)value;
    (void)argl;
    (void)argp;
    if (!here.watched || !here.last || BIO_method_type(here.last) != BIO_TYPE_SOCKET) return;
    if (!SSL_CTX_up_ref(SSL_get_SSL_CTX(ssl))) return;
    CRYPTO_set_ex_data(data, index, here.last);
    BIO_set_ex_data(here.last, bio_index, ssl);
    BIO_set_callback_ex(here.last, on_bio);
    here.last = NULL;
}

// Someone frees the SSL: its BIO must not do it again.
static void on_freed_ssl(void *ssl, void *value, CRYPTO_EX_DATA *data, int index, long argl, void *argp) {
    (void)ssl;
    (void)data;
    (void)index;
    (void)argl;
    (void)argp;
    if (value) BIO_set_ex_data(value, bio_index, NULL);
}

static void install(void) {
    bio_index = BIO_get_ex_new_index(0, NULL, on_new_bio, NULL, NULL);
    ssl_index = SSL_get_ex_new_index(0, NULL, on_new_ssl, NULL, on_freed_ssl);
}

int cw_sip_tls_free_install(const struct cw_sip_stack *stack) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install);
    here.stack = stack;
    here.watched = bio_index >= 0 && ssl_index >= 0;
    return here.watched ? 0 : CW_RESULT_NO_MEMORY;
}
