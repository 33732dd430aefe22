package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.policy.v1.EvictionBuilder;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** What becomes of VMs when their node goes down, and when it is back: on a node that really does (Kind only). */
@OnCluster
@Isolated("restarts a node")
class AutomaticActionsE2E {
    private static final Duration NODE = Duration.ofMinutes(3);

    private final RestartedNode node = new RestartedNode();

    /** Whatever a test came to: the next one, and everybody else's, finds a whole cluster. */
    @AfterEach
    void bring_the_node_back(Laboratory laboratory) {
        node.back(laboratory);
    }

    private String on(Laboratory laboratory, String more) {
        return "  nodeSelector: {kubernetes.io/hostname: %s}\n%s".formatted(node.name(laboratory), more);
    }

    private static List<String> reasons(Laboratory laboratory, String name) {
        return laboratory.events(name).stream().map(Event::getReason).toList();
    }

    @Test
    void a_node_that_shuts_down_saves_shuts_down_or_turns_off_each_vm_as_it_says(Laboratory laboratory) {
        assumeThat(node.waitsForPods(laboratory))
                .as("a node image whose kubelet is told of shutdowns")
                .isTrue();
        for (String action : List.of("Save", "ShutDown", "TurnOff")) {
            laboratory.apply(Manifests.tiny(
                    action.toLowerCase(java.util.Locale.ROOT), 1, on(laboratory, "  automaticStopAction: " + action)));
        }
        Machine saved = laboratory.machine("save");
        Machine shutDown = laboratory.machine("shutdown");
        Machine turnedOff = laboratory.machine("turnoff");
        for (Machine machine : List.of(saved, shutDown, turnedOff)) {
            machine.awaitAgent();
            machine.awaitGuest();
        }
        saved.write("before");
        double before = saved.uptime();
        String firstPod = saved.podUid();

        node.powerOff(laboratory);

        assertThat(reasons(laboratory, "save")).contains("Saved").doesNotContain("SaveFailed", "ShutdownRequested");
        assertThat(reasons(laboratory, "shutdown"))
                .contains("ShutdownRequested")
                .doesNotContain("ShutdownTimedOut", "QemuExited");
        assertThat(reasons(laboratory, "turnoff")).contains("TurnedOff").doesNotContain("ShutdownRequested");

        node.back(laboratory);
        for (Machine machine : List.of(saved, shutDown, turnedOff)) {
            machine.awaitGuest();
        }
        assertThat(saved.podUid()).isNotEqualTo(firstPod);
        assertThat(saved.console()).as("a resumed guest does not boot").doesNotContain("tiny: booted");
        assertThat(saved.uptime()).isGreaterThan(before);
        assertThat(saved.read()).contains("before");
        shutDown.awaitConsole("tiny: booted");
    }

    @Test
    void after_a_nodes_restart_each_vm_does_what_its_start_action_says(Laboratory laboratory) {
        Map.of("nothing", "Nothing", "default", "StartIfRunning")
                .forEach((name, action) -> laboratory.apply(Manifests.diskless(
                        name, on(laboratory, "  automaticStartAction: {action: %s}".formatted(action)))));
        laboratory.apply(Manifests.diskless("first", on(laboratory, "  automaticStartAction: {order: 1, delay: 5s}")));
        laboratory.apply(Manifests.diskless("second", on(laboratory, "  automaticStartAction: {order: 2}")));
        laboratory.apply(Manifests.tiny("always", 1, on(laboratory, "  automaticStartAction: {action: Start}")));
        laboratory.apply(Manifests.tiny("ended", 1, on(laboratory, "")));
        for (String name : List.of("always", "ended")) {
            laboratory.machine(name).awaitGuest();
            laboratory.machine(name).http("/cgi-bin/poweroff");
            laboratory.machine(name).awaitReady("False", "GuestShutDown");
        }
        for (String name : List.of("nothing", "default", "first", "second")) {
            laboratory.machine(name).awaitReady("True", "Running");
        }
        Machine nothing = laboratory.machine("nothing");
        Instant down = Instant.now();

        node.restart(laboratory);

        for (String name : List.of("default", "first", "second", "always")) {
            Machine machine = laboratory.machine(name);
            laboratory
                    .await(name + " in a new pod", NODE)
                    .until(() -> machine.pod()
                            .filter(pod -> created(pod).isAfter(down))
                            .isPresent());
            machine.awaitReady("True", "Running");
            assertThat(machine.get().getStatus().automaticStart()).as(name).isNull();
        }
        assertThat(created(laboratory.machine("second").pod().orElseThrow()))
                .as("the second waits until the first runs")
                .isAfterOrEqualTo(readySince(laboratory.machine("first")));
        assertThat(laboratory.machine("ended").get().getStatus().state()).isEqualTo(VirtualMachineState.OFF);

        nothing.awaitReady("False", "NodeRestarted");
        nothing.awaitState(VirtualMachineState.OFF);
        assertThat(nothing.conditionMessage("Ready")).contains(KubeHV.RESTARTED_AT_ANNOTATION);
        nothing.annotate(KubeHV.RESTARTED_AT_ANNOTATION, Instant.now().toString());
        nothing.awaitReady("True", "Running");
    }

    private static Instant created(Pod pod) {
        return Instant.parse(pod.getMetadata().getCreationTimestamp());
    }

    private static Instant readySince(Machine machine) {
        return machine.get().getStatus().conditions().stream()
                .filter(condition -> condition.getType().equals("Ready"))
                .map(condition -> Instant.parse(condition.getLastTransitionTime()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_vm_that_is_evicted_is_saved_and_goes_on_where_it_was(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("moved", 2, "  automaticStopAction: Save"));
        Machine moved = laboratory.machine("moved");
        moved.awaitGuest();
        double before = moved.uptime();
        String first = moved.podUid();

        laboratory
                .client()
                .pods()
                .inNamespace(laboratory.namespace())
                .withName("moved")
                .evict(new EvictionBuilder()
                        .withNewMetadata()
                        .withName("moved")
                        .withNamespace(laboratory.namespace())
                        .endMetadata()
                        .build());

        laboratory
                .await("another pod", Laboratory.BOOT)
                .until(() -> moved.pod()
                        .filter(pod -> !pod.getMetadata().getUid().equals(first))
                        .isPresent());
        moved.awaitGuest();
        assertThat(moved.console()).as("a resumed guest does not boot").doesNotContain("tiny: booted");
        assertThat(moved.uptime()).isGreaterThan(before);
        assertThat(reasons(laboratory, "moved")).contains("Saved", "Resumed");
    }
}
