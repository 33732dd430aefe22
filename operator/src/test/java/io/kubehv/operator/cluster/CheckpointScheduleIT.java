package io.kubehv.operator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.kubehv.api.v1alpha1.Checkpoint;
import io.kubehv.api.v1alpha1.CheckpointPhase;
import io.kubehv.api.v1alpha1.CheckpointSchedule;
import io.kubehv.api.v1alpha1.CheckpointScheduleStatus;
import io.kubehv.operator.virtualmachine.dependent.TestSettings;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Schedules with a real API server, and operators whose clocks are hours ahead: so hours pass between two of them. */
class CheckpointScheduleIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    private final String namespace = "it-" + UUID.randomUUID();
    private KubernetesClient client;
    private TestOperator operator;
    private PlayedStorage storage;

    @BeforeEach
    void a_vm_that_is_off() {
        client = ApiServer.get().client();
        ApiServer.namespace(client, namespace);
        operator = operator(Duration.ZERO);
        storage = new PlayedStorage(client, namespace);
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualHardDisk
                metadata: {name: root}
                spec: {size: 64Mi, blank: {}}
                """);
        await().atMost(SOON).until(() -> storage.claim("root") != null);
        storage.bind("root");
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: web, labels: {tier: front}}
                spec: {generation: 1, powerState: Off, disks: [{name: root, virtualHardDisk: root}]}
                """);
    }

    @AfterEach
    void stop() {
        operator.close();
        client.close();
    }

    private TestOperator operator(Duration ahead) {
        return new TestOperator(client, new TestSettings(), Clock.offset(Clock.systemUTC(), ahead));
    }

    private void hoursPass(int hours) {
        operator.close();
        operator = operator(Duration.ofHours(hours));
    }

    private void create(String manifest) {
        client.load(new ByteArrayInputStream(manifest.getBytes(StandardCharsets.UTF_8)))
                .items()
                .forEach(item -> client.resource(item).inNamespace(namespace).create());
    }

    private List<Checkpoint> checkpoints() {
        return client.resources(Checkpoint.class).inNamespace(namespace).list().getItems();
    }

    private CheckpointSchedule schedule() {
        return client.resources(CheckpointSchedule.class)
                .inNamespace(namespace)
                .withName("hourly")
                .get();
    }

    private Optional<CheckpointScheduleStatus> status() {
        return Optional.ofNullable(schedule().getStatus());
    }

    /** Plays the node's daemon for the one that is being taken; returns its name. */
    private String taken() {
        await().atMost(SOON).until(() -> inPhase(CheckpointPhase.CREATING).size() == 1);
        Checkpoint creating = inPhase(CheckpointPhase.CREATING).getFirst();
        storage.taken(creating, "root");
        String name = creating.getMetadata().getName();
        await().atMost(SOON)
                .until(() -> inPhase(CheckpointPhase.READY).stream()
                        .anyMatch(found -> found.getMetadata().getName().equals(name)));
        return name;
    }

    private List<Checkpoint> inPhase(CheckpointPhase phase) {
        return checkpoints().stream()
                .filter(found -> found.getStatus() != null && found.getStatus().phase() == phase)
                .toList();
    }

    @Test
    void checkpoints_are_taken_in_time_and_the_oldest_of_its_own_go() {
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: Checkpoint
                metadata: {name: by-hand}
                spec: {virtualMachine: web}
                """);
        assertThat(taken()).isEqualTo("by-hand");
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: CheckpointSchedule
                metadata: {name: hourly}
                spec: {virtualMachine: web, schedule: "@hourly", retention: {count: 1}}
                """);
        await().atMost(SOON)
                .until(() ->
                        status().map(CheckpointScheduleStatus::nextScheduleTime).isPresent());
        assertThat(checkpoints()).as("its time has not come").hasSize(1);

        hoursPass(3);
        String first = taken();
        assertThat(first).startsWith("hourly-");
        await().atMost(SOON)
                .until(() -> status().map(CheckpointScheduleStatus::lastCheckpoint)
                        .filter(first::equals)
                        .isPresent());
        assertThat(checkpoints())
                .as("three times were missed and one is made up")
                .hasSize(2);

        hoursPass(4);
        String second = taken();
        await().atMost(SOON).until(() -> !inPhase(CheckpointPhase.DELETING).isEmpty());
        Checkpoint going = inPhase(CheckpointPhase.DELETING).getFirst();
        assertThat(going.getMetadata().getName()).isEqualTo(first);
        storage.deleted(going);

        await().atMost(SOON)
                .untilAsserted(() -> assertThat(checkpoints())
                        .extracting(found -> found.getMetadata().getName())
                        .containsExactlyInAnyOrder("by-hand", second));
        client.resource(schedule()).delete();
        assertThat(checkpoints()).as("what it took outlives it").hasSize(2);
    }

    @Test
    void a_selector_takes_those_of_all_vms_with_the_labels() {
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata: {name: other}
                spec: {generation: 1, powerState: Off}
                ---
                apiVersion: kubehv.io/v1alpha1
                kind: CheckpointSchedule
                metadata: {name: hourly}
                spec:
                  selector: {matchLabels: {tier: front}}
                  schedule: "0 * * * *"
                  timeZone: Europe/Berlin
                """);

        hoursPass(2);

        assertThat(taken()).startsWith("hourly-web-");
        assertThat(checkpoints()).hasSize(1);
        assertThat(schedule().getSpec().retention().count()).as("by default").isEqualTo(10);
    }

    @Test
    void what_is_no_schedule_is_refused_with_the_rule() {
        assertRefused("{virtualMachine: web, schedule: '0 22 * *'}", "five fields as in a crontab");
        assertRefused("{schedule: '@daily'}", "exactly one of virtualMachine and selector");
        assertRefused("{virtualMachine: web, schedule: '@daily', type: Disabled}", "suspend: true");
        assertRefused("{virtualMachine: web, schedule: '@daily', retention: {age: soon}}", "such as 90m, 12h or 7d");
        assertRefused("{virtualMachine: web, schedule: '@daily', retention: {}}", "retention needs count, age or both");
        assertRefused("{virtualMachine: web, schedule: '@daily', retention: {count: 50}}", "less than or equal to 49");
        create("""
                apiVersion: kubehv.io/v1alpha1
                kind: CheckpointSchedule
                metadata: {name: hourly}
                spec: {virtualMachine: web, schedule: "0 25 * * *"}
                """);
        await().atMost(SOON)
                .untilAsserted(() -> assertThat(status().map(CheckpointScheduleStatus::conditions)
                                .orElse(List.of()))
                        .anySatisfy(
                                condition -> assertThat(condition.getReason()).isEqualTo("ScheduleNotValid")));
    }

    private void assertRefused(String spec, String rule) {
        assertThatThrownBy(() -> create("""
                        apiVersion: kubehv.io/v1alpha1
                        kind: CheckpointSchedule
                        metadata: {name: hourly}
                        spec: %s
                        """.formatted(spec))).hasMessageContaining(rule);
    }
}
