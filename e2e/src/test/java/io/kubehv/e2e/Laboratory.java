package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualSwitch;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;

/** A namespace for one test, and what a user does in it. */
public final class Laboratory implements AutoCloseable {
    static final Duration SOON = Duration.ofSeconds(90);

    /** Long enough for an import and an emulated guest's boot while other guests boot on the same two processors. */
    public static final Duration BOOT = Duration.ofMinutes(5);

    /** What the user's server-side apply calls itself. */
    private static final String USER = "e2e-user";

    private final Cluster cluster;
    private final String namespace;

    /** They are in no namespace, and would stay without being asked. */
    private final List<VirtualSwitch> switches = new ArrayList<>();

    private Laboratory(Cluster cluster, String namespace) {
        this.cluster = cluster;
        this.namespace = namespace;
    }

    public static Laboratory open(Cluster cluster) {
        String name = cluster.client()
                .resource(new NamespaceBuilder()
                        .withNewMetadata()
                        .withGenerateName("e2e-")
                        .endMetadata()
                        .build())
                .create()
                .getMetadata()
                .getName();
        return new Laboratory(cluster, name);
    }

    public Cluster cluster() {
        return cluster;
    }

    public KubernetesClient client() {
        return cluster.client();
    }

    public String namespace() {
        return namespace;
    }

    /** Server-side apply of all documents of a manifest, as {@code kubectl apply --server-side} does it. */
    public void apply(String manifest) {
        for (HasMetadata item : items(manifest)) {
            if (item instanceof VirtualSwitch virtualSwitch) {
                switches.add(virtualSwitch);
            }
            client().resource(item)
                    .inNamespace(namespace)
                    .fieldValidation(FieldValidateable.Validation.STRICT)
                    .fieldManager(USER)
                    .serverSideApply();
        }
    }

    /** What the API server answers to a manifest that it must not take. */
    String refusal(String manifest) {
        try {
            apply(manifest);
        } catch (KubernetesClientException e) {
            return e.getMessage();
        }
        throw new AssertionError("the API server took what it should refuse:\n" + manifest);
    }

    /** Asserts that applying a manifest again would change nothing: what a GitOps tool calls "in sync". */
    void assertInSync(String manifest) {
        for (HasMetadata item : items(manifest)) {
            HasMetadata now = client().resource(item).inNamespace(namespace).get();
            HasMetadata applied = client().resource(item)
                    .inNamespace(namespace)
                    .patch(
                            new PatchContext.Builder()
                                    .withPatchType(PatchType.SERVER_SIDE_APPLY)
                                    .withFieldManager(USER)
                                    .withDryRun(List.of("All"))
                                    .build(),
                            item);
            assertThat(written(applied)).isEqualTo(written(now));
        }
    }

    /** What a user writes of an object; its status may move meanwhile. */
    private static ObjectNode written(HasMetadata resource) {
        ObjectNode copy = Serialization.unmarshal(Serialization.asJson(resource), ObjectNode.class);
        copy.remove("status");
        ((ObjectNode) copy.get("metadata")).remove(List.of("managedFields", "resourceVersion"));
        return copy;
    }

    /** Runs what follows {@code kubectl} in a line that a page has for the user's shell, in the namespace. */
    String kubectl(String line) {
        return Cluster.run("sh", "-c", "kubectl --context %s -n %s %s".formatted(Cluster.CONTEXT, namespace, line));
    }

    private List<HasMetadata> items(String manifest) {
        return client().load(new ByteArrayInputStream(manifest.getBytes(StandardCharsets.UTF_8)))
                .items();
    }

    List<String> machineNames() {
        return client().resources(VirtualMachine.class).inNamespace(namespace).list().getItems().stream()
                .map(machine -> machine.getMetadata().getName())
                .toList();
    }

    /** A VM of the namespace; it need not exist yet. */
    public Machine machine(String name) {
        return new Machine(this, name);
    }

    /** An object of the namespace; it need not exist yet. */
    <T extends HasMetadata> Resource<T> object(Class<T> kind, String name) {
        return client().resources(kind).inNamespace(namespace).withName(name);
    }

    VirtualHardDisk disk(String name) {
        return object(VirtualHardDisk.class, name).get();
    }

    /** Waits until a disk's condition Ready has a reason. */
    public void awaitDisk(String name, String reason) {
        await("disk " + name + " with the reason " + reason, BOOT)
                .untilAsserted(() -> assertThat(disk(name).getStatus().conditions())
                        .as("conditions of " + name)
                        .anySatisfy(condition -> {
                            assertThat(condition.getType()).isEqualTo("Ready");
                            assertThat(condition.getReason()).isEqualTo(reason);
                        }));
    }

    public org.awaitility.core.ConditionFactory await(String what, Duration deadline) {
        return Awaitility.await(what)
                .atMost(deadline)
                .pollInterval(Duration.ofMillis(500))
                .ignoreExceptionsInstanceOf(NullPointerException.class);
    }

    /** Runs a container beside the VMs, waits until it runs and returns it. */
    Pod container(String name, String... command) {
        return run(containerPod(name, command).build());
    }

    /** The same with a claim's volume at {@code /disk}. */
    Pod containerWith(String name, String claim, String... command) {
        return run(containerPod(name, command)
                .editSpec()
                .addNewVolume()
                .withName("disk")
                .withNewPersistentVolumeClaim()
                .withClaimName(claim)
                .endPersistentVolumeClaim()
                .endVolume()
                .editFirstContainer()
                .addNewVolumeMount()
                .withName("disk")
                .withMountPath("/disk")
                .endVolumeMount()
                .endContainer()
                .endSpec()
                .build());
    }

    private static PodBuilder containerPod(String name, String... command) {
        return new PodBuilder()
                .withNewMetadata()
                .withName(name)
                .addToLabels("app", name)
                .endMetadata()
                .withNewSpec()
                .withTerminationGracePeriodSeconds(0L)
                .addNewContainer()
                .withName("main")
                .withImage(Cluster.CONTAINER_IMAGE)
                .withCommand(command)
                .withNewSecurityContext()
                .withRunAsUser(0L)
                .endSecurityContext()
                .endContainer()
                .endSpec();
    }

    private Pod run(Pod pod) {
        client().resource(pod).inNamespace(namespace).create();
        return client().pods()
                .inNamespace(namespace)
                .withName(pod.getMetadata().getName())
                .waitUntilCondition(
                        now -> now != null && "Running".equals(now.getStatus().getPhase()),
                        SOON.toSeconds(),
                        java.util.concurrent.TimeUnit.SECONDS);
    }

    /** Applies a pod's manifest, and waits until it runs. */
    Pod run(String name, String manifest) {
        apply(manifest);
        await(name, BOOT).until(() -> "Running".equals(pod(name).getStatus().getPhase()));
        return pod(name);
    }

    Pod pod(String name) {
        return client().pods().inNamespace(namespace).withName(name).get();
    }

    /** Deletes a pod and waits until its volumes are free. */
    void deletePod(String name) {
        client().pods().inNamespace(namespace).withName(name).withGracePeriod(0).delete();
        await(name + " gone", SOON).until(() -> pod(name) == null);
    }

    void configMap(String name, Map<String, String> data) {
        client().resource(new ConfigMapBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .endMetadata()
                        .withData(data)
                        .build())
                .inNamespace(namespace)
                .create();
    }

    /** Runs a command in a container of the namespace and returns its standard output. */
    String inContainer(String pod, String... command) {
        java.io.ByteArrayOutputStream output = new java.io.ByteArrayOutputStream();
        try (var exec = client().pods()
                .inNamespace(namespace)
                .withName(pod)
                .writingOutput(output)
                .writingError(output)
                .exec(command)) {
            exec.exitCode().get(SOON.toSeconds(), java.util.concurrent.TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new AssertionError("no answer from " + String.join(" ", command) + ": " + output, e);
        }
        return output.toString(StandardCharsets.UTF_8);
    }

    List<Event> events(String name) {
        return client().events().v1().events().inNamespace(namespace).list().getItems().stream()
                .filter(event -> name.equals(event.getRegarding().getName()))
                .toList();
    }

    /** All that helps to understand a failure. */
    String describe() {
        StringBuilder text = new StringBuilder();
        for (VirtualMachine machine : client().resources(VirtualMachine.class)
                .inNamespace(namespace)
                .list()
                .getItems()) {
            text.append(Serialization.asYaml(machine.getStatus()));
        }
        for (VirtualHardDisk disk : client().resources(VirtualHardDisk.class)
                .inNamespace(namespace)
                .list()
                .getItems()) {
            text.append(disk.getMetadata().getName()).append(Serialization.asYaml(disk.getStatus()));
        }
        for (Pod pod : client().pods().inNamespace(namespace).list().getItems()) {
            text.append(pod.getMetadata().getName())
                    .append(Serialization.asYaml(pod.getStatus()))
                    .append(log(pod.getMetadata().getName()));
        }
        text.append(client().events().v1().events().inNamespace(namespace).list().getItems().stream()
                .map(event -> "%s %s %s: %s%n"
                        .formatted(
                                event.getMetadata().getCreationTimestamp(),
                                event.getRegarding().getName(),
                                event.getReason(),
                                event.getNote()))
                .collect(Collectors.joining()));
        return text.toString();
    }

    String log(String pod) {
        try {
            return client().pods()
                    .inNamespace(namespace)
                    .withName(pod)
                    .tailingLines(60)
                    .getLog();
        } catch (KubernetesClientException e) {
            return "no log of " + pod + ": " + e.getMessage();
        }
    }

    /** Asks for the deletion of all that the test made, and waits for none of it. */
    @Override
    public void close() {
        client().resources(VirtualMachine.class).inNamespace(namespace).delete();
        client().pods().inNamespace(namespace).withGracePeriod(1).delete();
        switches.forEach(virtualSwitch -> client().resource(virtualSwitch).delete());
        client().namespaces().withName(namespace).delete();
    }
}
