package io.kubehv.operator.cluster;

import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.operator.status.StatusApply;
import java.net.HttpURLConnection;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Plays the scheduler, the kubelet and the node's daemon. */
final class FakeNode {
    private static final String NODE = "worker";

    private final KubernetesClient client;
    private final String namespace;

    FakeNode(KubernetesClient client, String namespace) {
        this.client = client;
        this.namespace = namespace;
    }

    Pod pod(String name) {
        return client.pods().inNamespace(namespace).withName(name).get();
    }

    void schedule(String name) {
        client.raw(
                "/api/v1/namespaces/%s/pods/%s/binding".formatted(namespace, name),
                "POST",
                new BindingBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withNewTarget()
                        .withKind("Node")
                        .withName(NODE)
                        .endTarget()
                        .build());
    }

    void run(String name) {
        client.pods()
                .inNamespace(namespace)
                .withName(name)
                .editStatus(pod -> new PodBuilder(pod)
                        .withNewStatus()
                        .withPhase("Running")
                        .withPodIP("10.0.0.7")
                        .addNewPodIP("10.0.0.7")
                        .endStatus()
                        .build());
        say(name, VirtualMachineState.RUNNING);
    }

    void say(String name, VirtualMachineState state) {
        say(name, state, Accelerator.TCG);
    }

    /** As the daemon does whose VM's QEMU has ended. */
    void letGo(String name, VirtualMachineState state) {
        say(name, state, null);
    }

    private void say(String name, VirtualMachineState state, @Nullable Accelerator accelerator) {
        VirtualMachine patch = new VirtualMachine();
        patch.setMetadata(
                new ObjectMetaBuilder().withName(name).withNamespace(namespace).build());
        patch.setStatus(new VirtualMachineStatus(state, null, null, null, accelerator, null, null, null, null, null));
        StatusApply.store(client, patch, KubeHV.DAEMON_FIELD_MANAGER);
    }

    /** As the kubelet does, which tries again when another wrote the pod meanwhile. */
    void end(String name, String container, int exitCode, String message) {
        while (true) {
            try {
                endOnce(name, container, exitCode, message);
                return;
            } catch (KubernetesClientException e) {
                if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
                    throw e;
                }
            }
        }
    }

    private void endOnce(String name, String container, int exitCode, String message) {
        String now = Instant.now().toString();
        client.pods()
                .inNamespace(namespace)
                .withName(name)
                .editStatus(pod -> new PodBuilder(pod)
                        .withNewStatus()
                        .withPhase(exitCode == 0 ? "Succeeded" : "Failed")
                        .addNewContainerStatus()
                        .withName(container)
                        .withImage("hypervisor")
                        .withImageID("")
                        .withReady(false)
                        .withRestartCount(0)
                        .withNewState()
                        .withNewTerminated()
                        .withExitCode(exitCode)
                        .withMessage(message)
                        .withStartedAt(now)
                        .withFinishedAt(now)
                        .endTerminated()
                        .endState()
                        .endContainerStatus()
                        .endStatus()
                        .build());
    }

    /** The kubelet's last word about a pod that was deleted. */
    void confirmGone(String name) {
        client.pods().inNamespace(namespace).withName(name).withGracePeriod(0).delete();
    }
}
