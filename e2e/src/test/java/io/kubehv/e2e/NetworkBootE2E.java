package io.kubehv.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** VMs that boot what a pod of the cluster serves. */
@OnCluster
class NetworkBootE2E {
    private static final String FILES = "kubehv/guest-netboot:1";

    @Test
    void vms_of_both_generations_without_a_disk_boot_from_a_service_and_secure_boot_holds(Laboratory laboratory) {
        serve(laboratory);
        laboratory.apply(diskless("bios", 1, "boot.ipxe"));
        laboratory.apply(diskless("uefi", 2, "shimx64.efi"));
        laboratory.apply(diskless("refused", 2, "unsigned.efi"));

        Machine refused = laboratory.machine("refused");
        refused.awaitCondition("BootFailed", "True", "NothingBootable");
        assertThat(refused.conditionMessage("BootFailed")).contains("HTTPv4").contains("Access Denied");
        laboratory.machine("bios").awaitConsole("tiny: booted");
        laboratory.machine("uefi").awaitConsole("tiny: booted");
        assertThat(laboratory.machine("uefi").console()).contains("tiny: secure-boot on");
    }

    @Test
    void the_disk_boots_where_nobody_serves(Laboratory laboratory) {
        for (int generation : new int[] {1, 2}) {
            String name = "falls-back-" + generation;
            laboratory.apply(Manifests.tinyDisk(name));
            laboratory.apply(Manifests.tinyOn(name, generation, name) + """
                        networkBoot: {url: 'http://nobody/nothing'}
                      firmware:
                        bootOrder: [lan, root]
                    """);
        }
        laboratory.machine("falls-back-1").awaitConsole("tiny: booted");
        laboratory.machine("falls-back-2").awaitConsole("tiny: booted");
        assertThat(laboratory.machine("falls-back-2").console())
                .as("the network was tried first")
                .contains("Start HTTP Boot over IPv4");
    }

    private static String diskless(String name, int generation, String file) {
        return """
                apiVersion: kubehv.io/v1alpha1
                kind: VirtualMachine
                metadata:
                  name: %s
                spec:
                  generation: %d
                  memory:
                    startup: 256Mi
                  terminationGracePeriod: 5s
                  networkAdapters:
                  - name: lan
                    networkBoot:
                      url: http://boot/%s
                  firmware:
                    bootOrder: [lan]
                """.formatted(name, generation, file);
    }

    /** By a server in HTTP/1.0: from busybox's, in 1.1, GRUB gets a spoilt initrd, and from the JDK's nothing. */
    private static void serve(Laboratory laboratory) {
        laboratory
                .client()
                .resource(new PodBuilder()
                        .withNewMetadata()
                        .withName("boot")
                        .addToLabels("app", "boot")
                        .endMetadata()
                        .withNewSpec()
                        .withTerminationGracePeriodSeconds(0L)
                        .addNewVolume()
                        .withName("files")
                        .withNewEmptyDir()
                        .endEmptyDir()
                        .endVolume()
                        .addNewInitContainer()
                        .withName("files")
                        .withImage(FILES)
                        .withCommand("/bin/busybox", "cp", "-r", "/files/.", "/boot")
                        .addNewVolumeMount()
                        .withName("files")
                        .withMountPath("/boot")
                        .endVolumeMount()
                        .endInitContainer()
                        .addNewContainer()
                        .withName("server")
                        .withImage(Cluster.CONTAINER_IMAGE)
                        .withCommand("/usr/bin/perl", "-e", script(), "80", "/boot")
                        .withNewSecurityContext()
                        .withRunAsUser(0L)
                        .endSecurityContext()
                        .addNewVolumeMount()
                        .withName("files")
                        .withMountPath("/boot")
                        .endVolumeMount()
                        .endContainer()
                        .endSpec()
                        .build())
                .inNamespace(laboratory.namespace())
                .create();
        laboratory.apply(Manifests.service("boot"));
        laboratory
                .client()
                .pods()
                .inNamespace(laboratory.namespace())
                .withName("boot")
                .waitUntilReady(Laboratory.BOOT.toSeconds(), TimeUnit.SECONDS);
    }

    private static String script() {
        try (InputStream script =
                Objects.requireNonNull(NetworkBootE2E.class.getResourceAsStream("/netboot/server.pl"))) {
            return new String(script.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
