package io.kubehv.vmbus.status;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.api.v1alpha1.VirtualMachine;

/** Writes statuses to the API server by server-side apply, under the daemon's own field manager. */
public final class KubernetesStatusApi implements StatusApi {
    private final KubernetesClient client;

    public KubernetesStatusApi(KubernetesClient client) {
        this.client = client;
    }

    @Override
    public Outcome apply(VirtualMachine statusOnly) {
        try {
            return new Written(
                    client.resource(statusOnly).subresource("status").patch(DaemonApply.CONTEXT, statusOnly));
        } catch (KubernetesClientException e) {
            return DaemonApply.isGone(e) ? new Gone() : new Later(String.valueOf(e.getMessage()));
        }
    }
}
