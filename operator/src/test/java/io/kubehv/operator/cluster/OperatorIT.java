package io.kubehv.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualHardDisk;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.operator.virtualmachine.Fixtures;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OperatorIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final String namespace = "it-" + UUID.randomUUID();
    private KubernetesClient client;
    private TestOperator operator;
    private FakeNode node;

    @BeforeEach
    void start() {
        ApiServer server = ApiServer.get();
        client = server.client();
        ApiServer.namespace(client, namespace);
        operator = new TestOperator(client);
        node = new FakeNode(client, namespace);
    }

    @AfterEach
    void stop() {
        if (operator != null) {
            operator.close();
            client.resources(VirtualMachine.class).inNamespace(namespace).delete();
            client.resources(VirtualHardDisk.class).inNamespace(namespace).delete();
            client.pods().inNamespace(namespace).withGracePeriod(0).delete();
            client.close();
        }
    }

    @Test
    void a_vm_comes_up_with_three_status_writes_and_one_pod() {
        disk("root");
        await().atMost(SOON).until(() -> diskCondition("root").getStatus().equals("True"));
        machine("web", "root");
        comesUp("web");

        VirtualMachine web = machine("web");
        assertThat(web.getStatus().state()).isEqualTo(VirtualMachineState.RUNNING);
        assertThat(web.getStatus().addresses()).containsExactly("10.0.0.7");
        assertThat(web.getStatus().nodeName()).isEqualTo("worker");
        assertThat(web.getStatus().identity().uuid()).isNotNull();
        assertThat(operator.statusWrites("VirtualMachine")).isLessThanOrEqualTo(3);
        assertThat(web.getMetadata().getManagedFields())
                .filteredOn(entry -> entry.getManager().equals("kubehv-operator"))
                .allMatch(entry -> "status".equals(entry.getSubresource()));
        assertThat(events("web")).containsExactly("Started");
    }

    @Test
    void an_operator_that_comes_back_starts_nothing_twice() {
        machine("web");
        comesUp("web");
        Identity identity = machine("web").getStatus().identity();
        String pod = node.pod("web").getMetadata().getUid();

        operator.close();
        operator = new TestOperator(client);
        machine("other");
        comesUp("other");

        assertThat(node.pod("web").getMetadata().getUid()).isEqualTo(pod);
        assertThat(machine("web").getStatus().identity()).isEqualTo(identity);
    }

    @Test
    void of_two_vms_with_one_disk_one_starts_and_the_other_follows_when_it_is_off() {
        disk("shared");
        Stream.of("one", "two").parallel().forEach(name -> machine(name, "shared"));
        await().atMost(SOON)
                .until(() -> Stream.of("one", "two")
                        .anyMatch(name -> ready(name).getReason().equals("DiskInUse")));
        String waiting = ready("one").getReason().equals("DiskInUse") ? "one" : "two";
        String first = waiting.equals("one") ? "two" : "one";
        assertThat(node.pod(waiting)).isNull();
        assertThat(ready(waiting).getMessage()).contains(first);
        comesUp(first);

        client.resource(machine(first)).edit(machine -> {
            machine.getMetadata().setManagedFields(null);
            machine.setSpec(Fixtures.with(machine.getSpec(), PowerState.OFF));
            return machine;
        });
        await().atMost(SOON).until(() -> node.pod(first).getMetadata().getDeletionTimestamp() != null);
        assertThat(node.pod(waiting)).isNull();
        node.confirmGone(first);

        await().atMost(SOON).until(() -> node.pod(waiting) != null);
        await().atMost(SOON).until(() -> ready(first).getReason().equals("Off"));
        assertThat(ready(first).getStatus()).isEqualTo("True");
    }

    @Test
    void a_pod_of_someone_else_is_left_alone() {
        Pod foreign = client.resource(new PodBuilder()
                        .withNewMetadata()
                        .withName("web")
                        .withNamespace(namespace)
                        .endMetadata()
                        .withNewSpec()
                        .addNewContainer()
                        .withName("c")
                        .withImage("i")
                        .endContainer()
                        .endSpec()
                        .build())
                .create();
        machine("web");

        await().atMost(SOON).until(() -> ready("web").getReason().equals("PodNameTaken"));
        assertThat(node.pod("web").getMetadata().getResourceVersion())
                .isEqualTo(foreign.getMetadata().getResourceVersion());
    }

    @Test
    void a_guest_that_shut_down_stays_off_though_its_qemu_died_on_its_way_out() {
        machine("web");
        comesUp("web");
        String pod = node.pod("web").getMetadata().getUid();

        node.letGo("web", VirtualMachineState.STOPPING);
        node.end("web", "hypervisor", 139, "");

        await().atMost(SOON).until(() -> ready("web").getReason().equals("GuestShutDown"));
        operator.close();
        operator = new TestOperator(client);
        machine("other");
        comesUp("other");
        assertThat(ready("web").getReason()).isEqualTo("GuestShutDown");
        assertThat(node.pod("web").getMetadata().getUid()).isEqualTo(pod);
    }

    @Test
    void a_killed_qemu_is_replaced_and_the_vm_stays_itself() {
        machine("web");
        comesUp("web");
        Identity identity = machine("web").getStatus().identity();
        String pod = node.pod("web").getMetadata().getUid();

        node.end("web", "hypervisor", 137, "");

        await().atMost(SOON)
                .until(() -> Optional.ofNullable(node.pod("web"))
                        .filter(present -> !present.getMetadata().getUid().equals(pod))
                        .isPresent());
        assertThat(machine("web").getStatus().identity()).isEqualTo(identity);
        comesUp("web");
        assertThat(events("web")).contains("Restarting");
    }

    @Test
    void a_guest_that_shuts_down_stays_off() {
        machine("web");
        comesUp("web");

        node.end("web", "hypervisor", 0, "");

        await().atMost(SOON).until(() -> ready("web").getReason().equals("GuestShutDown"));
        VirtualMachine web = machine("web");
        assertThat(web.getStatus().state()).isEqualTo(VirtualMachineState.OFF);
        assertThat(web.getStatus().nodeName()).isNull();
        await().atMost(SOON).until(() -> machine("web").getStatus().accelerator() == null);
    }

    @Test
    void a_failed_import_says_why_and_is_tried_again_at_once_when_the_spec_changes() {
        VirtualHardDisk disk = load(VirtualHardDisk.class, """
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualHardDisk
                metadata: {name: web}
                spec: {size: 64Mi, http: {url: "http://example.test/a"}}
                """);
        client.resource(disk).create();
        await().atMost(SOON).until(() -> node.pod("web-import") != null);
        String first = node.pod("web-import").getMetadata().getUid();
        node.end("web-import", "import", 65, "{\"reason\":\"ChecksumMismatch\",\"message\":\"it is another file\"}");
        await().atMost(SOON).until(() -> diskCondition("web").getReason().equals("ChecksumMismatch"));
        assertThat(diskCondition("web").getMessage()).contains("it is another file");

        client.genericKubernetesResources("kubehv.io/v1alpha1", "VirtualHardDisk")
                .inNamespace(namespace)
                .withName("web")
                .edit(found -> {
                    found.setAdditionalProperty(
                            "spec", Map.of("size", "64Mi", "http", Map.of("url", "http://example.test/b")));
                    return found;
                });

        await().atMost(Duration.ofSeconds(8))
                .until(() -> Optional.ofNullable(node.pod("web-import"))
                        .filter(pod -> !pod.getMetadata().getUid().equals(first))
                        .isPresent());
        assertThat(diskCondition("web").getStatus()).isEqualTo("False");
        node.end("web-import", "import", 0, "{\"format\":\"qcow2\",\"virtualSize\":1}");
        await().atMost(SOON).until(() -> diskCondition("web").getStatus().equals("True"));
        assertThat(client.resources(VirtualHardDisk.class)
                        .inNamespace(namespace)
                        .withName("web")
                        .get()
                        .getStatus()
                        .format())
                .isEqualTo("qcow2");
    }

    @Test
    void a_template_that_is_refused_is_told_and_the_vm_can_still_be_turned_off() {
        machine("web");
        comesUp("web");
        template("web", "1");

        await().atMost(SOON).until(() -> ready("web").getReason().equals("DiskRefused"));
        assertThat(ready("web").getMessage()).contains("size 1 must be a quantity above 1Mi");
        spec("web", Map.of("powerState", "Off"));

        await().atMost(SOON).until(() -> node.pod("web").getMetadata().getDeletionTimestamp() != null);
    }

    @Test
    void a_template_whose_size_is_raised_lets_its_disk_grow_and_one_that_shrinks_is_refused() {
        machine("web");
        template("web", "64Mi");
        await().atMost(SOON).until(() -> claim("web-d") != null);
        template("web", "128Mi");

        await().atMost(SOON)
                .until(() -> new Quantity("128Mi")
                        .equals(client.resources(VirtualHardDisk.class)
                                .inNamespace(namespace)
                                .withName("web-d")
                                .get()
                                .getSpec()
                                .size()));
        template("web", "64Mi");
        await().atMost(SOON).until(() -> ready("web").getReason().equals("DiskRefused"));
        assertThat(ready("web").getMessage()).contains("a disk can only grow");
    }

    @Test
    void what_the_launcher_would_refuse_is_refused_with_the_field_the_value_and_the_fix() {
        String screen = "{networkAdapters: [{name: lan, ports: [{name: vnc, port: 5900}]}]}";
        assertThatThrownBy(() -> machineWith(screen)).hasMessageContaining("port \"vnc\": 5900/TCP");
        String digits = "{networkAdapters: [{name: lan, ports: [{name: '80', port: 80}]}]}";
        assertThatThrownBy(() -> machineWith(digits)).hasMessageContaining("\"80\" must have a letter");
        assertThatThrownBy(() -> machineWith("{memory: {startup: 129Mi}}"))
                .hasMessageContaining("startup 129Mi must be a multiple of 2Mi; round it");
        String large =
                "{cloudInit: {userData: '%s', networkData: '%s'}}".formatted("a".repeat(20000), "b".repeat(20000));
        assertThatThrownBy(() -> machineWith(large)).hasMessageContaining("have more than 32768 characters together");
        machineWith(
                "{memory: {startup: 1.5Gi}, networkAdapters: [{name: lan, ports: [{name: vnc, port: 5900, protocol: UDP}]}]}");
    }

    @Test
    void a_claim_of_someone_else_is_not_taken_for_a_saved_memory() {
        client.resource(load(PersistentVolumeClaim.class, """
                        apiVersion: v1
                        kind: PersistentVolumeClaim
                        metadata: {name: web-saved-state}
                        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
                        """)).create();
        machine("web");
        comesUp("web");
        spec("web", Map.of("powerState", "Saved"));

        await().atMost(SOON).until(() -> ready("web").getReason().equals("ClaimNameTaken"));
        assertThat(claim("web-saved-state").getMetadata().getOwnerReferences()).isEmpty();
        assertThat(claim("web-saved-state").getMetadata().getAnnotations()).isNullOrEmpty();
    }

    @Test
    void a_saved_vm_keeps_its_disk_until_its_memory_is_discarded() {
        disk("shared");
        await().atMost(SOON).until(() -> diskCondition("shared").getStatus().equals("True"));
        machine("web", "shared");
        comesUp("web");
        spec("web", Map.of("powerState", "Saved"));
        await().atMost(SOON).until(() -> node.pod("web-saved-state") != null);
        node.say("web", VirtualMachineState.SAVED);
        node.end("web", "hypervisor", 0, "");
        machine("other", "shared");
        await().atMost(SOON).until(() -> ready("other").getReason().equals("DiskInUse"));
        await().atMost(SOON)
                .until(() ->
                        node.pod("web") == null || node.pod("web").getMetadata().getDeletionTimestamp() != null);
        node.confirmGone("web");

        await().atMost(SOON).until(() -> ready("web").getReason().equals("Saved"));
        assertThat(node.pod("other")).isNull();
        spec("web", Map.of("powerState", "Off"));
        await().atMost(Duration.ofSeconds(8)).until(() -> node.pod("other") != null);
    }

    @Test
    void a_filled_disk_is_not_filled_again_when_its_claim_loses_our_label_and_mark() {
        client.resource(load(VirtualHardDisk.class, """
                        apiVersion: kubehv.io/v1alpha1
                        kind: VirtualHardDisk
                        metadata: {name: web}
                        spec: {size: 64Mi, http: {url: "http://example.test/a"}}
                        """)).create();
        await().atMost(SOON).until(() -> node.pod("web-import") != null);
        node.end("web-import", "import", 0, "{\"format\":\"raw\",\"virtualSize\":1}");
        await().atMost(SOON)
                .until(() -> diskCondition("web").getStatus().equals("True") && node.pod("web-import") == null);
        client.resource(claim("web")).edit(claim -> {
            claim.getMetadata().setLabels(null);
            claim.getMetadata().setAnnotations(null);
            return claim;
        });

        await().atMost(SOON)
                .until(() -> claim("web").getMetadata().getLabels() != null
                        && claim("web").getMetadata().getAnnotations() != null);
        assertThat(diskCondition("web").getStatus()).isEqualTo("True");
        assertThat(node.pod("web-import")).isNull();
    }

    @Test
    void the_longest_name_works_and_its_pod_has_a_name_that_a_kubelet_takes() {
        String name = "a".repeat(63) + "." + "b".repeat(63) + "." + "c".repeat(63) + "." + "d".repeat(61);
        machine(name);

        await().atMost(SOON).until(() -> machine(name).getStatus() != null);
        String pod = machine(name).getStatus().podName();
        await().atMost(SOON).until(() -> node.pod(pod) != null);
        assertThat(pod).hasSizeLessThanOrEqualTo(154);
        assertThat(ready(name).getReason()).isEqualTo("Starting");
    }

    private PersistentVolumeClaim claim(String name) {
        return client.persistentVolumeClaims()
                .inNamespace(namespace)
                .withName(name)
                .get();
    }

    private void machineWith(String spec) {
        client.resource(load(VirtualMachine.class, """
                        apiVersion: kubehv.io/v1alpha1
                        kind: VirtualMachine
                        metadata: {name: strange}
                        spec: %s
                        """.formatted(spec))).create();
    }

    private void template(String name, String size) {
        spec(name, Map.of("disks", List.of(Map.of("name", "d", "template", Map.of("size", size, "blank", Map.of())))));
    }

    /** Sets fields of a spec, as a user does. */
    private void spec(String name, Map<String, Object> fields) {
        client.genericKubernetesResources("kubehv.io/v1alpha1", "VirtualMachine")
                .inNamespace(namespace)
                .withName(name)
                .patch(PatchContext.of(PatchType.JSON_MERGE), Serialization.asJson(Map.of("spec", fields)));
    }

    private void comesUp(String name) {
        await().atMost(SOON)
                .until(() -> Optional.ofNullable(node.pod(name))
                        .filter(pod -> pod.getStatus().getContainerStatuses().isEmpty())
                        .isPresent());
        node.schedule(name);
        await().atMost(SOON)
                .until(() -> "worker".equals(machine(name).getStatus().nodeName()));
        node.run(name);
        await().atMost(SOON).until(() -> ready(name).getStatus().equals("True"));
    }

    private VirtualMachine machine(String name) {
        VirtualMachine found = client.resources(VirtualMachine.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
        return found == null ? machine(name, new String[0]) : found;
    }

    private VirtualMachine machine(String name, String... disks) {
        StringBuilder yaml = new StringBuilder("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: %s}
                spec:
                  memory: {startup: 128Mi}
                  disks:
                """.formatted(name));
        for (String disk : disks) {
            yaml.append("  - {name: d, virtualHardDisk: %s}%n".formatted(disk));
        }
        return client.resource(load(VirtualMachine.class, yaml.toString())).create();
    }

    private void disk(String name) {
        client.resource(load(VirtualHardDisk.class, """
                        apiVersion: kubehv.io/v1alpha1
                        kind: VirtualHardDisk
                        metadata: {name: %s}
                        spec: {size: 64Mi, blank: {}}
                        """.formatted(name))).create();
    }

    private <T extends HasMetadata> T load(Class<T> kind, String yaml) {
        T loaded = Serialization.unmarshal(yaml, kind);
        loaded.getMetadata().setNamespace(namespace);
        return loaded;
    }

    private Condition ready(String name) {
        VirtualMachine found = client.resources(VirtualMachine.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
        return found.getStatus() == null ? pick(null) : pick(found.getStatus().conditions());
    }

    private Condition diskCondition(String name) {
        VirtualHardDisk found = client.resources(VirtualHardDisk.class)
                .inNamespace(namespace)
                .withName(name)
                .get();
        return found.getStatus() == null ? pick(null) : pick(found.getStatus().conditions());
    }

    private static Condition pick(List<Condition> conditions) {
        return Stream.ofNullable(conditions)
                .flatMap(List::stream)
                .filter(condition -> condition.getType().equals("Ready"))
                .findFirst()
                .orElseGet(() -> new Condition("", "", 0L, "", "Unknown", "Ready"));
    }

    private List<String> events(String name) {
        return client.events().v1().events().inNamespace(namespace).list().getItems().stream()
                .filter(event -> event.getRegarding().getName().equals(name))
                .map(Event::getReason)
                .toList();
    }
}
