package io.kubehv.vmbus.status;

import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.KubeHV;
import java.net.HttpURLConnection;

/** How the daemon writes to objects: by server-side apply, under its own field manager. */
public final class DaemonApply {
    /** Forced, as fields go from the operator to the daemon and back: whoever has the QEMU has the field. */
    public static final PatchContext CONTEXT = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(KubeHV.DAEMON_FIELD_MANAGER)
            .withForce(true)
            .build();

    private DaemonApply() {}

    /**
     * Whether there is nothing to write to. A conflict under force is the UID's: the object was made anew. Unless two writes
     * met, which the server says so.
     */
    public static boolean isGone(KubernetesClientException e) {
        return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
                || (e.getCode() == HttpURLConnection.HTTP_CONFLICT
                        && !String.valueOf(e.getMessage()).contains("the object has been modified"));
    }
}
