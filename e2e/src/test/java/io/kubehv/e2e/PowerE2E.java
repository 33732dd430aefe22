package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

@OnCluster
class PowerE2E {
    @Test
    void off_shuts_the_guest_down_in_order_and_is_ready(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 1));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        web.write("before");

        web.power(PowerState.OFF);
        web.awaitState(VirtualMachineState.OFF);
        web.awaitReady("True", "Off");
        assertThat(web.pod()).isEmpty();

        web.power(PowerState.RUNNING);
        web.awaitGuest();
        assertThat(web.read())
                .as("what the guest wrote before it was shut down")
                .contains("before");
    }

    @Test
    void a_guest_that_ignores_the_shutdown_is_turned_off_after_its_grace_period(Laboratory laboratory) {
        laboratory.apply(
                Manifests.tiny("deaf", 1, """
                  cloudInit:
                    userData: |
                      ignore-shutdown
                """).replace("terminationGracePeriod: 30s", "terminationGracePeriod: 8s"));
        Machine deaf = laboratory.machine("deaf");
        deaf.awaitGuest();

        Instant asked = Instant.now();
        deaf.power(PowerState.OFF);
        deaf.awaitState(VirtualMachineState.OFF);

        assertThat(Duration.between(asked, Instant.now())).isBetween(Duration.ofSeconds(7), Duration.ofSeconds(60));
    }

    @Test
    void a_paused_guest_stands_still_and_goes_on(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 1));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        double before = web.uptime();

        web.power(PowerState.PAUSED);
        web.awaitState(VirtualMachineState.PAUSED);
        web.awaitReady("True", "Paused");
        web.power(PowerState.RUNNING);
        web.awaitState(VirtualMachineState.RUNNING);

        laboratory
                .await("the guest's answer", Laboratory.SOON)
                .ignoreExceptions()
                .until(() -> web.uptime() > before);
    }

    @Test
    void a_saved_vm_takes_no_memory_and_goes_on_where_it_was(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 2));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        double before = web.uptime();

        web.power(PowerState.SAVED);
        web.awaitState(VirtualMachineState.SAVED);
        web.awaitReady("True", "Saved");
        laboratory
                .await("no pod of a saved VM", Laboratory.SOON)
                .until(() -> client(laboratory).isEmpty());

        web.power(PowerState.RUNNING);
        web.awaitGuest();
        assertThat(web.console()).as("a resumed guest does not boot").doesNotContain("tiny: booted");
        assertThat(web.uptime()).isGreaterThan(before);

        web.power(PowerState.OFF);
        web.awaitState(VirtualMachineState.OFF);
        web.power(PowerState.RUNNING);
        web.awaitConsole("tiny: booted");
    }

    private static java.util.List<io.fabric8.kubernetes.api.model.Pod> client(Laboratory laboratory) {
        return laboratory
                .client()
                .pods()
                .inNamespace(laboratory.namespace())
                .list()
                .getItems();
    }

    @Test
    void a_guest_that_shuts_itself_down_stays_off_until_it_is_asked_to_run_again(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 1));
        Machine web = laboratory.machine("web");
        web.awaitGuest();

        web.http("/cgi-bin/poweroff");
        web.awaitState(VirtualMachineState.OFF);
        web.awaitReady("False", "GuestShutDown");
        assertThat(web.conditionMessage("Ready")).contains(KubeHV.RESTARTED_AT_ANNOTATION);

        web.annotate(KubeHV.RESTARTED_AT_ANNOTATION, Instant.now().toString());
        web.awaitGuest();
    }

    @Test
    void a_guest_that_shuts_itself_down_is_started_again_where_asked(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 1, "  onGuestShutdown: Restart"));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        String first = web.podUid();

        web.http("/cgi-bin/poweroff");

        laboratory
                .await("another pod", Laboratory.BOOT)
                .until(() -> web.pod()
                        .filter(pod -> !pod.getMetadata().getUid().equals(first))
                        .isPresent());
        web.awaitGuest();
    }

    @Test
    void the_annotations_restart_and_reset_the_guest_once_a_value(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 1));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        String first = web.podUid();

        String time = Instant.now().toString();
        web.annotate(KubeHV.RESET_AT_ANNOTATION, time);
        laboratory
                .await("the reset in the status", Laboratory.SOON)
                .until(() -> time.equals(web.get().getStatus().resetAt()));
        web.awaitGuest();
        assertThat(web.podUid()).as("a reset keeps the pod").isEqualTo(first);

        web.annotate(KubeHV.RESTARTED_AT_ANNOTATION, time);
        laboratory
                .await("another pod", Laboratory.BOOT)
                .until(() -> web.pod()
                        .filter(pod -> !pod.getMetadata().getUid().equals(first))
                        .isPresent());
        web.awaitGuest();
    }

    @Test
    void a_changed_setting_waits_for_the_next_start_and_says_so(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 1));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        String first = web.podUid();

        web.edit("""
                {"spec": {"processor": {"count": 2}}}""");
        web.awaitCondition("RestartRequired", "True", "SpecChanged");
        assertThat(web.conditionMessage("RestartRequired")).contains("processor");
        assertThat(web.podUid()).isEqualTo(first);

        web.annotate(KubeHV.RESTARTED_AT_ANNOTATION, Instant.now().toString());
        laboratory
                .await("another pod", Laboratory.BOOT)
                .until(() -> web.pod()
                        .filter(pod -> !pod.getMetadata().getUid().equals(first))
                        .isPresent());
        web.awaitConsole("tiny: vcpus 2");
        laboratory
                .await("no restart required any more", Laboratory.SOON)
                .until(() -> web.get().getStatus().conditions().stream()
                        .noneMatch(condition -> condition.getType().equals("RestartRequired")
                                && condition.getStatus().equals("True")));
    }
}
