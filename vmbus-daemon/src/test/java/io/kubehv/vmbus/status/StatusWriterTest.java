package io.kubehv.vmbus.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kubehv.api.v1alpha1.Accelerator;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import io.kubehv.api.v1alpha1.VirtualMachineStatus;
import io.kubehv.vmbus.status.MachineReport.AgentReport;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StatusWriterTest {
    private static final MachineReport RUNNING =
            new MachineReport(VirtualMachineState.RUNNING, Accelerator.TCG, null, null, AgentReport.NOT_CONNECTED);
    private static final MachineReport STOPPING =
            new MachineReport(VirtualMachineState.STOPPING, null, null, null, null);
    private static final Duration MOMENT = Duration.ofMillis(300);

    /** Remembers what it is told, as an API server would, unless it is away. */
    private static final class Server implements StatusApi {
        final List<VirtualMachineStatus> applied = new CopyOnWriteArrayList<>();
        volatile boolean away;
        volatile boolean gone;
        final AtomicInteger troubles = new AtomicInteger();
        final AtomicInteger asked = new AtomicInteger();
        final AtomicInteger version = new AtomicInteger(10);

        @Override
        public Outcome apply(VirtualMachine statusOnly) {
            if (away) {
                return new Later("away");
            }
            if (troubles.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new IllegalStateException("unexpected");
            }
            if (gone) {
                asked.incrementAndGet();
                return new Gone();
            }
            applied.add(statusOnly.getStatus());
            return new Written(machine("worker", version.incrementAndGet(), statusOnly.getStatus()));
        }
    }

    private final Server server = new Server();
    private final List<MachineReport> there = new CopyOnWriteArrayList<>();
    private final StatusWriter writer = new StatusWriter(
            server, "worker", Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC), there::add);

    @AfterEach
    void close() {
        writer.close();
    }

    private static VirtualMachine machine(String node, int version, VirtualMachineStatus own) {
        VirtualMachine machine = new VirtualMachine();
        machine.getMetadata().setName("web");
        machine.getMetadata().setNamespace("shop");
        machine.getMetadata().setUid("uid");
        machine.getMetadata().setResourceVersion(Integer.toString(version));
        machine.setStatus(
                own == null
                        ? new VirtualMachineStatus(null, null, node, null, null, null, null, null, null, null)
                        : new VirtualMachineStatus(
                                own.state(),
                                null,
                                node,
                                null,
                                own.accelerator(),
                                null,
                                null,
                                own.guest(),
                                own.resetAt(),
                                own.conditions()));
        return machine;
    }

    @Test
    void a_report_is_one_write_of_the_daemons_own_fields() {
        writer.machineIs(machine("worker", 1, null));
        writer.write(RUNNING);
        await().untilAsserted(() -> assertThat(there).containsExactly(RUNNING));
        assertThat(server.applied).singleElement().satisfies(status -> {
            assertThat(status.state()).isEqualTo(VirtualMachineState.RUNNING);
            assertThat(status.nodeName()).isNull();
            assertThat(status.conditions()).singleElement().satisfies(condition -> {
                assertThat(condition.getType()).isEqualTo("GuestAgentConnected");
                assertThat(condition.getLastTransitionTime()).isEqualTo("2026-01-02T03:04:05Z");
            });
        });
    }

    @Test
    void a_report_that_says_nothing_new_is_not_written() {
        writer.machineIs(machine("worker", 1, null));
        writer.write(RUNNING);
        await().until(() -> server.applied.size() == 1);
        writer.write(RUNNING);
        await().during(MOMENT).atMost(MOMENT.multipliedBy(5)).until(() -> server.applied.size() == 1);
    }

    @Test
    void nothing_is_written_before_the_vm_is_on_this_node() {
        writer.machineIs(machine(null, 1, null));
        writer.write(RUNNING);
        await().during(MOMENT).atMost(MOMENT.multipliedBy(5)).until(server.applied::isEmpty);
        writer.machineIs(machine("worker", 2, null));
        await().until(() -> server.applied.size() == 1);
    }

    @Test
    void what_was_overtaken_while_the_server_was_away_is_never_written() {
        server.away = true;
        writer.machineIs(machine("worker", 1, null));
        writer.write(RUNNING);
        writer.write(STOPPING);
        server.away = false;
        await().untilAsserted(() -> assertThat(there).containsExactly(STOPPING));
        assertThat(server.applied).hasSize(1);
    }

    @Test
    void a_report_that_somebody_overwrites_is_written_again() {
        writer.machineIs(machine("worker", 1, null));
        writer.write(RUNNING);
        await().until(() -> server.applied.size() == 1);
        server.version.set(50);
        writer.machineIs(machine("worker", 50, null));
        await().until(() -> server.applied.size() == 2);
    }

    @Test
    void an_older_version_of_the_vm_is_not_mistaken_for_a_change() {
        writer.machineIs(machine("worker", 1, null));
        writer.write(RUNNING);
        await().until(() -> server.applied.size() == 1);
        writer.machineIs(machine("worker", 2, null));
        await().during(MOMENT).atMost(MOMENT.multipliedBy(5)).until(() -> server.applied.size() == 1);
    }

    @Test
    void a_vm_that_is_gone_is_not_written_to_until_it_is_told_of_again() {
        server.gone = true;
        writer.machineIs(machine("worker", 1, null));
        writer.write(RUNNING);
        await().until(() -> server.asked.get() == 1);
        writer.write(STOPPING);
        await().during(MOMENT).atMost(MOMENT.multipliedBy(5)).until(() -> server.asked.get() == 1);
        server.gone = false;
        VirtualMachine another = machine("worker", 2, null);
        another.getMetadata().setUid("another");
        writer.machineIs(another);
        await().during(MOMENT).atMost(MOMENT.multipliedBy(5)).until(server.applied::isEmpty);
        writer.machineIs(machine("worker", 3, null));
        await().untilAsserted(() -> assertThat(there).containsExactly(STOPPING));
    }

    @Test
    void an_unexpected_failure_is_tried_again() {
        server.troubles.set(2);
        writer.machineIs(machine("worker", 1, null));
        writer.write(RUNNING);
        await().untilAsserted(() -> assertThat(there).containsExactly(RUNNING));
        assertThat(writer.isAlive()).isTrue();
    }

    @Test
    void a_condition_is_of_the_generation_that_it_was_seen_at() {
        VirtualMachine first = machine("worker", 1, null);
        first.getMetadata().setGeneration(4L);
        writer.machineIs(first);
        writer.write(RUNNING);
        await().untilAsserted(() -> assertThat(server.applied)
                .singleElement()
                .satisfies(status -> assertThat(status.conditions())
                        .singleElement()
                        .satisfies(condition ->
                                assertThat(condition.getObservedGeneration()).isEqualTo(4L))));
    }
}
