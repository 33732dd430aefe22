package io.kubehv.csi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * CSI's own suite against the driver's process, for all that it advertises. Mounted volumes are as large as the default
 * file system needs: a small one would be ext4, which grows while mounted only where the machine allows it.
 */
class CsiSanityIT {
    private static final Duration START = Duration.ofMinutes(2);
    private static final long SUITE_MINUTES = 15;
    private static final long BUDGET_KIBIBYTES = 96 * 1024;

    /**
     * What the driver does not advertise: attaching, as a volume is on its node; expansion by a controller, as only the
     * kubelet finds the right node; and the alpha calls for volume health.
     */
    private static final Set<String> SKIPPED = Set.of(
            "ControllerPublishVolume not supported",
            "ControllerUnpublishVolume not supported",
            "Controller Publish, UnpublishVolume not supported",
            "ControllerExpandVolume not supported",
            "ControllerGetVolumeHealth not supported",
            "ControllerListVolumeHealth not supported",
            "NodeGetVolumeHealth not supported",
            "NodeGetStorageHealth not supported");

    private static final Pattern SKIP = Pattern.compile("^ *\\[SKIPPED] (?!in )(.*)$", Pattern.MULTILINE);

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"mount, 335544320, 671088640", "block, 16777216, 33554432"})
    void the_driver_passes_csi_sanity_within_its_memory(String accessType, String size, String expandedSize)
            throws IOException, InterruptedException {
        Path sanity = DriverProcess.program("csi-sanity")
                .orElseThrow(() -> new AssertionError("csi-sanity is missing: make test-programs"));
        Files.writeString(directory.resolve("attributes.yaml"), "contents: filesystem\n");
        try (DriverProcess driver = DriverProcess.start(directory)) {
            Awaitility.await("the driver's socket")
                    .atMost(START)
                    .until(() -> Files.exists(DriverProcess.socket(directory)) || !driver.isAlive());

            String report = run(List.of(
                    sanity.toString(),
                    "-ginkgo.no-color",
                    "-ginkgo.v",
                    "-csi.endpoint=" + driver.endpoint(),
                    "-csi.mountdir=" + directory.resolve("mount"),
                    "-csi.stagingdir=" + directory.resolve("staging"),
                    "-csi.testvolumemutableparameters=" + directory.resolve("attributes.yaml"),
                    "-csi.testvolumeaccesstype=" + accessType,
                    "-csi.testvolumesize=" + size,
                    "-csi.testvolumeexpandsize=" + expandedSize));

            assertThat(report).as(driver.log()).contains("SUCCESS!").contains(" 0 Failed");
            assertThat(skipped(report)).isEqualTo(SKIPPED);
            for (String folder : List.of("volumes", "snapshots", "cutting", "creating", "deleting")) {
                assertThat(directory.resolve("pool").resolve(folder)).isEmptyDirectory();
            }
            assertThat(driver.residentKibibytes()).isLessThanOrEqualTo(BUDGET_KIBIBYTES);
        }
    }

    private static Set<String> skipped(String report) {
        return SKIP.matcher(report)
                .results()
                .map(match -> match.group(1).strip())
                .collect(Collectors.toSet());
    }

    private String run(List<String> command) throws IOException, InterruptedException {
        // Into a file: who reads from a pipe can keep no deadline.
        Path report = directory.resolve("report");
        Process suite = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(report.toFile())
                .start();
        try {
            boolean ended = suite.waitFor(SUITE_MINUTES, TimeUnit.MINUTES);
            assertThat(ended).as(Files.readString(report)).isTrue();
            return Files.readString(report);
        } finally {
            suite.destroyForcibly();
        }
    }
}
