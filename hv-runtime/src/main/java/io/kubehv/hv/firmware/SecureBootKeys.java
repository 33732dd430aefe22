package io.kubehv.hv.firmware;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;

/**
 * The certificates that Secure Boot goes by (UEFI Specification 2.10, section 32.3).
 *
 * @param platformKey PK: who may change the key exchange keys
 * @param keyExchangeKeys KEK: who may change the two lists below
 * @param allowed db: whose signatures a loader may have
 * @param forbidden dbx: whose it must not have; may be empty
 */
public record SecureBootKeys(
        X509Certificate platformKey,
        List<X509Certificate> keyExchangeKeys,
        List<X509Certificate> allowed,
        List<X509Certificate> forbidden) {

    /** Copies the lists. */
    public SecureBootKeys {
        keyExchangeKeys = List.copyOf(keyExchangeKeys);
        allowed = List.copyOf(allowed);
        forbidden = List.copyOf(forbidden);
    }

    /**
     * The certificates in a text, one or more of them.
     *
     * @param name what the text is, for the message
     * @throws CertificateException if it is no PEM, or has none
     */
    public static List<X509Certificate> parse(String name, String pem) throws CertificateException {
        Collection<? extends java.security.cert.Certificate> found = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
        if (found.isEmpty()) {
            throw new CertificateException(name + " has no certificate; write it as PEM");
        }
        return found.stream().map(X509Certificate.class::cast).toList();
    }
}
