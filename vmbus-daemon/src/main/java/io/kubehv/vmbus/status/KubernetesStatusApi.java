package io.kubehv.vmbus.status;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import java.net.HttpURLConnection;

/** Writes statuses to the API server by server-side apply, under the daemon's own field manager. */
public final class KubernetesStatusApi implements StatusApi {
    private static final PatchContext APPLY = new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(KubeHV.DAEMON_FIELD_MANAGER)
            // The state goes from the operator to the daemon and back: whoever has the QEMU has the field.
            .withForce(true)
            .build();

    private final KubernetesClient client;

    public KubernetesStatusApi(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public Outcome apply(VirtualMachine statusOnly) {
        try {
            return new Written(client.resource(statusOnly).subresource("status").patch(APPLY, statusOnly));
        } catch (KubernetesClientException e) {
            return isGone(e) ? new Gone() : new Later(String.valueOf(e.getMessage()));
        }
    }

    /** A conflict under force is the UID's: the VM was made anew. Unless two writes met, which the server says so. */
    private static boolean isGone(KubernetesClientException e) {
        return e.getCode() == HttpURLConnection.HTTP_NOT_FOUND
                || (e.getCode() == HttpURLConnection.HTTP_CONFLICT
                        && !String.valueOf(e.getMessage()).contains("the object has been modified"));
    }
}
