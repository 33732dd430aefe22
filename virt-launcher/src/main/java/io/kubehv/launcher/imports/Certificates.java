package io.kubehv.launcher.imports;

import io.kubehv.launcher.imports.ImportException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Trust in the usual authorities and in those of one file. */
final class Certificates {
    private Certificates() {}

    /** {@code unreachable}: the reason that is told when the file has none. */
    static SSLContext trusting(Path file, Reason unreachable) throws ImportException, IOException {
        try (InputStream pem = Files.newInputStream(file)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (X509Certificate usual : trust(null).getAcceptedIssuers()) {
                store.setCertificateEntry(usual.getSubjectX500Principal().getName(), usual);
            }
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("ca.crt " + number++, certificate);
            }
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {trust(store)}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new ImportException(
                    unreachable,
                    "the key ca.crt of http.caConfigMapName holds no certificates in PEM: " + e.getMessage(),
                    e);
        }
    }

    private static X509TrustManager trust(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager trust) {
                return trust;
            }
        }
        throw new GeneralSecurityException("the Java runtime has no X.509 trust manager");
    }
}
