#!/bin/sh
# A throw-away authority, a certificate it signed for the name localhost, and another authority that signed nothing.
#   make_certificates.sh DIRECTORY      writes ca.pem, server.pem, server.key, stranger.pem
set -e
cd "$1"
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem"
}
{
  authority ca
  authority stranger
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout server.key -out server.csr
  printf 'subjectAltName=DNS:localhost\n' >server.ext
  openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.pem
} 2>openssl.log || { cat openssl.log >&2; exit 1; }
