package present

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
)

// certificateReason says what is wrong with a certificate, with its dates and
// the SHA-256 fingerprint that a person can compare; "" when it is not known.
func certificateReason(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		invalid x509.CertificateInvalidError
		host    x509.HostnameError
		verify  *tls.CertificateVerificationError
	)
	why := ""
	var cert *x509.Certificate
	if errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0 {
		cert = verify.UnverifiedCertificates[0]
	}
	switch {
	case errors.As(err, &unknown):
		why, cert = certUnknown, firstCert(cert, unknown.Cert)
	case errors.As(err, &host):
		cert = firstCert(cert, host.Certificate)
		why = certWrongHost
		if cert != nil && len(cert.DNSNames) > 0 {
			why = fmt.Sprintf(certHost, strings.Join(cert.DNSNames[:min(3, len(cert.DNSNames))], ", "))
		}
	case errors.As(err, &invalid):
		cert = firstCert(cert, invalid.Cert)
		why = certInvalid
		if invalid.Reason == x509.Expired {
			why = certExpired
		}
	}
	if cert == nil {
		return why
	}
	sum := sha256.Sum256(cert.Raw)
	return strings.TrimSpace(why + " " + fmt.Sprintf(certDates,
		cert.NotBefore.UTC().Format("2 January 2006"), cert.NotAfter.UTC().Format("2 January 2006"), fingerprint(sum[:])))
}

func firstCert(a, b *x509.Certificate) *x509.Certificate {
	if a != nil {
		return a
	}
	return b
}

// fingerprint writes bytes in pairs of hex digits, as other programs show them.
func fingerprint(sum []byte) string {
	parts := make([]string, len(sum))
	for i, b := range sum {
		parts[i] = fmt.Sprintf("%02X", b)
	}
	return strings.Join(parts, ":")
}
