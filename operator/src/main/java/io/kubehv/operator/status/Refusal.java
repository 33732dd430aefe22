package io.kubehv.operator.status;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Set;

/** A write that the API server turns down for what it says: made again as it is, it is turned down again. */
public final class Refusal {
    private static final int UNPROCESSABLE = 422;
    private static final Set<Integer> CODES =
            Set.of(HttpURLConnection.HTTP_BAD_REQUEST, HttpURLConnection.HTTP_FORBIDDEN, UNPROCESSABLE);

    private Refusal() {}

    /** Whether a write failed for what it says, and not for when it came or on its way. */
    public static boolean is(KubernetesClientException e) {
        return CODES.contains(e.getCode());
    }

    /** The server's words: they name field, value and rule where it knows them. */
    public static String words(KubernetesClientException e) {
        return e.getStatus() == null || e.getStatus().getMessage() == null
                ? String.valueOf(e.getMessage())
                : e.getStatus().getMessage();
    }
}
