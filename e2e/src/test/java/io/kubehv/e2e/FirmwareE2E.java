package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.PowerState;
import io.kubehv.api.v1alpha1.VirtualMachineState;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** UEFI, Secure Boot, and what the firmware remembers. */
@OnCluster
class FirmwareE2E {
    /** Of variables that nobody else has. */
    private static final String OWN_VARIABLE = "/sys/firmware/efi/efivars/KubeHV-6b756265-6876-4000-8000-000000000001";

    @Test
    void secure_boot_is_on_and_the_firmware_keeps_the_guests_variables(Laboratory laboratory) {
        laboratory.apply(Manifests.tiny("web", 2));
        Machine web = laboratory.machine("web");
        web.awaitGuest();
        assertThat(web.console()).contains("tiny: secure-boot on");

        // Four bytes of attributes (non-volatile, boot, runtime), then the value.
        web.run("printf '\\007\\000\\000\\000kept' > " + OWN_VARIABLE);
        assertThat(web.http("/cgi-bin/run?command=cp+" + OWN_VARIABLE
                        + "+/sys/firmware/efi/efivars/db-d719b2cb-3d3a-4596-a3bc-dad00e67656f"))
                .as("the list of whom the firmware trusts is not the guest's to write")
                .doesNotEndWith("exit 0");

        web.power(PowerState.OFF);
        web.awaitState(VirtualMachineState.OFF);
        web.power(PowerState.RUNNING);
        web.awaitGuest();
        assertThat(web.run("tail -c 4 " + OWN_VARIABLE)).isEqualTo("kept");
        assertThat(web.console()).contains("tiny: secure-boot on");
    }

    @Test
    void what_nobody_signed_for_is_refused_and_the_vm_says_that_nothing_boots(Laboratory laboratory) {
        laboratory.apply(Manifests.tinyDisk("tampered"));
        laboratory.awaitDisk("tampered", "Ready");
        tamper(laboratory, "tampered");
        laboratory.apply(Manifests.tinyOn("tampered", 2, "tampered"));
        laboratory.apply(Manifests.tiny("windows", 2, """
                  firmware:
                    secureBoot:
                      template: MicrosoftWindows
                    pauseAfterBootFailure: true
                """));
        Machine tampered = laboratory.machine("tampered");
        Machine windows = laboratory.machine("windows");

        tampered.awaitCondition("BootFailed", "True", "NothingBootable");
        assertThat(tampered.conditionMessage("BootFailed")).contains("Access Denied");
        windows.awaitCondition("BootFailed", "True", "NothingBootable");
        windows.awaitState(VirtualMachineState.PAUSED);

        laboratory.apply(Manifests.tinyOn("tampered", 2, "tampered") + """
                  firmware:
                    secureBoot:
                      enabled: false
                """);
        tampered.annotate(KubeHV.RESTARTED_AT_ANNOTATION, Instant.now().toString());
        tampered.awaitConsole("tiny: booted");
        laboratory
                .await("no more of a boot that failed", Laboratory.SOON)
                .until(() -> tampered.get().getStatus().conditions().stream()
                        .noneMatch(condition -> condition.getType().equals("BootFailed")));
    }

    @Test
    void a_bios_says_as_well_that_nothing_boots_and_its_vm_pauses_if_asked(Laboratory laboratory) {
        laboratory.apply(Manifests.diskless("paused", """
                  firmware: {pauseAfterBootFailure: true}
                  disks: [{name: root, template: {size: 16Mi, blank: {}}}]
                """));
        Machine paused = laboratory.machine("paused");

        paused.awaitCondition("BootFailed", "True", "NothingBootable");
        assertThat(paused.conditionMessage("BootFailed")).contains("Hard Disk: not a bootable disk");
        paused.awaitState(VirtualMachineState.PAUSED);
    }

    /** Changes one letter of the shim on a disk. */
    private static void tamper(Laboratory laboratory, String claim) {
        laboratory.containerWith("editor", claim, "sleep", "600");
        String edited = laboratory.inContainer(
                "editor",
                "sh",
                "-c",
                "at=$(grep -obUa 'UEFI SHIM' /disk/disk.img | head -n 1 | cut -d: -f1)"
                        + " && printf X | dd of=/disk/disk.img bs=1 seek=$at conv=notrunc status=none && echo done");
        assertThat(edited.strip()).isEqualTo("done");
        laboratory.deletePod("editor");
    }

    @Test
    void the_users_own_keys_decide_where_they_are_given(Laboratory laboratory) {
        laboratory.configMap("own-keys", Map.of("PK", key("PK"), "KEK", key("KEK"), "db", key("db")));
        laboratory.apply(Manifests.tiny("own", 2, """
                  firmware:
                    secureBoot:
                      template: Custom
                      customConfigMapName: own-keys
                """));
        laboratory.machine("own").awaitConsole("tiny: secure-boot on");
    }

    /** Whoever has these trusts what Microsoft signs for others, and no one else. */
    private static String key(String name) {
        try (InputStream pem = Objects.requireNonNull(FirmwareE2E.class.getResourceAsStream("/secure-boot/" + name))) {
            return new String(pem.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
