package io.kubehv.operator;

import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;

/** Writes that may be repeated: a cache that lags lets a pass do again what one before it did. */
public final class Writes {
    private Writes() {}

    /** Makes something; false where there is one of that name, made by a pass whose result is not seen yet, or another's. */
    public static boolean unlessThere(Runnable create) {
        return !fails(HttpURLConnection.HTTP_CONFLICT, create);
    }

    /** Changes something or deletes it. Gone is what was wanted, or what can't be helped: the watch tells of it. */
    public static void unlessGone(Runnable change) {
        fails(HttpURLConnection.HTTP_NOT_FOUND, change);
    }

    /** Deletes exactly this object: a cache that lags must not cost a newer one of the same name its life. */
    public static void delete(KubernetesClient client, HasMetadata found) {
        delete(client, found, new DeleteOptionsBuilder());
    }

    /** Deletes exactly this object, with what the options say besides. */
    public static void delete(KubernetesClient client, HasMetadata found, DeleteOptionsBuilder options) {
        options.editOrNewPreconditions().withUid(found.getMetadata().getUid()).endPreconditions();
        // The core group, which pods and claims are of, has a root of its own.
        String root = found.getApiVersion().contains("/") ? "/apis/" : "/api/";
        String path = "%s%s/namespaces/%s/%s/%s"
                .formatted(
                        root,
                        found.getApiVersion(),
                        found.getMetadata().getNamespace(),
                        found.getPlural(),
                        found.getMetadata().getName());
        unlessGone(() -> client.raw(path, "DELETE", options.build()));
    }

    private static boolean fails(int code, Runnable write) {
        try {
            write.run();
            return false;
        } catch (KubernetesClientException e) {
            if (e.getCode() != code) {
                throw e;
            }
            return true;
        }
    }
}
