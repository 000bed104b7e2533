package davtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log"
	"math/big"
	"net"
	"time"
)

// tlsSetup is a self-signed certificate for the loopback address.
type tlsSetup struct {
	config *tls.Config
	roots  *x509.CertPool
}

func newTLS() *tlsSetup {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Panicf("davtest: key: %v", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"davtest"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		log.Panicf("davtest: certificate: %v", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		log.Panicf("davtest: certificate: %v", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tlsSetup{
		config: &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12},
		roots:  roots,
	}
}

func (t *tlsSetup) listener(l net.Listener) net.Listener { return tls.NewListener(l, t.config) }

// Roots holds the certificate of a server made WithTLS; nil without.
func (s *Server) Roots() *x509.CertPool {
	if s.tls == nil {
		return nil
	}
	return s.tls.roots
}
