// The part of Asio that speaks TLS through OpenSSL, compiled once.
#include <boost/asio/ssl/impl/src.hpp>
