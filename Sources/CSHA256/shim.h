// These functions have no state but the caller's. OpenSSL would rather have all digests go through EVP, which reads a
// configuration file and loads providers, and would bring all of them into a program that is linked statically.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
