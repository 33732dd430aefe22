package io.kubehv.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubehv.hv.definition.Devices;
import io.kubehv.hv.definition.VirtualMachineDefinition;
import io.kubehv.hv.definition.VirtualMachineDefinition.Acceleration;
import io.kubehv.hv.definition.VirtualMachineDefinition.Bus;
import io.kubehv.hv.definition.VirtualMachineDefinition.CloudInit;
import io.kubehv.hv.definition.VirtualMachineDefinition.Disk;
import io.kubehv.hv.definition.VirtualMachineDefinition.Firmware;
import io.kubehv.hv.definition.VirtualMachineDefinition.Memory;
import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Processor;
import io.kubehv.hv.definition.VirtualMachineDefinition.SecureBoot;
import io.kubehv.hv.definition.VirtualMachineDefinition.Security;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import io.kubehv.hv.machine.PodFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All but becoming QEMU, on files of the test's own. */
class VirtLauncherTest {
    private static final long MIB = 1L << 20;

    @TempDir
    private Path directory;

    private final Map<String, String> environment = new HashMap<>();
    private final List<Disk> disks = new ArrayList<>();
    private int generation = 2;
    private Firmware firmware = new Firmware(SecureBoot.OFF, null);
    private String timeZone = "UTC";
    private Acceleration acceleration = Acceleration.PREFERRED;
    private @Nullable CloudInit cloudInit;
    private @Nullable String restorePath;
    private NetworkAdapter adapter = new NetworkAdapter("lan", "00:15:5d:00:01:2a", false, null, null, List.of());

    @BeforeEach
    void make_a_pod() throws IOException {
        Files.createDirectories(directory.resolve("run"));
        Files.createDirectories(directory.resolve("state"));
        Files.createDirectories(directory.resolve("firmware"));
        Files.createDirectories(directory.resolve("root/etc"));
        Files.createDirectories(directory.resolve("root/dev"));
        Files.createDirectories(directory.resolve("root/proc/net"));
        Files.writeString(directory.resolve("firmware/OVMF_VARS_4M.fd"), "empty variables");
        Files.writeString(directory.resolve("firmware/MicrosoftWindows.fd"), "Windows' keys");
    }

    private List<String> launch() throws LaunchException, IOException, InterruptedException {
        VirtualMachineDefinition definition = new VirtualMachineDefinition(
                "shop",
                "web",
                "6f2f7f4e-0b0d-4b8e-9a51-7d6b1f0c2a11",
                "324e6eaf-d1d1-4bf6-bf41-b9bb6c91fb87",
                generation,
                new Processor(1, 1, 1, 1, 1, Processor.OF_THE_NODE, false),
                new Memory(64 * MIB, 64 * MIB, null),
                firmware,
                new Security(false, false),
                disks,
                List.of(),
                List.of(adapter),
                new Devices(null, List.of(), null, timeZone),
                cloudInit,
                acceleration,
                restorePath);
        environment.put(VirtualMachineDefinition.ENVIRONMENT_VARIABLE, definition.toJson());
        return launcher().prepare().command();
    }

    private VirtLauncher launcher() {
        return new VirtLauncher(
                environment,
                new PodFiles(
                        directory.resolve("run"),
                        directory.resolve("state"),
                        directory.resolve("saved"),
                        directory.resolve("firmware")),
                directory.resolve("root"));
    }

    private String disk(String name, @Nullable Long size) {
        String path = directory.resolve(name + ".img").toString();
        disks.add(new Disk(name, Bus.SCSI, path, false, false, 0, size, null));
        return path;
    }

    private void seedWith(String name, String text) throws IOException {
        Files.createDirectories(directory.resolve("secret"));
        Files.writeString(directory.resolve("secret").resolve(name), text);
    }

    @Test
    void a_blank_disk_is_made_sparse_and_of_its_size_and_only_once() throws Exception {
        Path blank = Path.of(disk("data", 512 * MIB));
        launch();
        assertThat(Files.size(blank)).isEqualTo(512 * MIB);
        Files.writeString(blank, "the guest's data");
        launch();
        assertThat(blank).hasContent("the guest's data");
    }

    @Test
    void uefi_is_given_the_address_of_the_host_that_it_boots_from_and_ipxe_the_name() throws Exception {
        adapter = new NetworkAdapter("lan", "00:15:5d:00:01:2a", false, 1, "http://localhost:8080/a.efi", List.of());
        assertThat(launch()).anyMatch(argument -> argument.endsWith(",bootfile=http://127.0.0.1:8080/a.efi"));
        adapter = new NetworkAdapter("lan", "00:15:5d:00:01:2a", false, 1, "http://no.host.invalid/%.efi", List.of());
        assertThat(launch()).anyMatch(argument -> argument.endsWith(",bootfile=http://no.host.invalid/%.efi"));
        generation = 1;
        adapter = new NetworkAdapter("lan", "00:15:5d:00:01:2a", false, 1, "http://localhost:8080/a", List.of());
        assertThat(launch()).anyMatch(argument -> argument.endsWith(",bootfile=http://localhost:8080/a"));
    }

    @Test
    void the_firmwares_variables_are_copied_once_and_kept() throws Exception {
        launch();
        Path variables = directory.resolve("state/nvram.fd");
        assertThat(variables).hasContent("empty variables");
        Files.writeString(variables, "the guest's boot entries");
        launch();
        assertThat(variables).hasContent("the guest's boot entries");
    }

    @Test
    void secure_boot_begins_with_the_keys_of_its_template() throws Exception {
        firmware = new Firmware(SecureBoot.MICROSOFT_WINDOWS, null);
        launch();
        assertThat(directory.resolve("state/nvram.fd")).hasContent("Windows' keys");
    }

    @Test
    void a_key_of_ones_own_that_is_missing_is_told_by_name() throws Exception {
        Files.createDirectories(directory.resolve("keys"));
        firmware = new Firmware(SecureBoot.CUSTOM, directory.resolve("keys").toString());
        assertThatThrownBy(this::launch)
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("has no key PK; add it");
        Files.writeString(directory.resolve("keys/PK"), "no certificate");
        assertThatThrownBy(this::launch)
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("PK")
                .hasMessageContaining("as PEM");
        assertThat(directory.resolve("state/nvram.fd")).doesNotExist();
    }

    @Test
    void the_hardware_clock_shows_the_time_of_the_zone_that_was_asked_for() throws Exception {
        timeZone = "Asia/Kolkata";
        launch();
        assertThat(launcher().prepare().environment()).containsEntry("TZ", "<KHV>-5:30:00");
        timeZone = "Mars/Olympus";
        assertThatThrownBy(this::launch)
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("clock.timeZone is \"Mars/Olympus\"");
    }

    @Test
    void a_bios_machine_needs_no_variables() throws Exception {
        generation = 1;
        launch();
        assertThat(directory.resolve("state/nvram.fd")).doesNotExist();
    }

    @Test
    void a_seed_names_the_machine_and_carries_its_data() throws Exception {
        cloudInit = new CloudInit("#cloud-config\nhostname: x\n", null, "version: 2\n", null);
        launch();
        assertThat(directory.resolve("run/seed/meta-data"))
                .hasContent("instance-id: 6f2f7f4e-0b0d-4b8e-9a51-7d6b1f0c2a11\nlocal-hostname: web\n");
        assertThat(directory.resolve("run/seed/user-data")).hasContent("#cloud-config\nhostname: x\n");
        assertThat(directory.resolve("run/seed/network-config")).hasContent("version: 2\n");
    }

    @Test
    void a_seed_takes_its_data_from_a_secret_whichever_way_its_key_is_spelled() throws Exception {
        String secret = directory.resolve("secret").toString();
        cloudInit = new CloudInit(null, secret, null, secret);
        seedWith("userdata", "#cloud-config\n");
        seedWith("networkData", "version: 2\n");
        launch();
        assertThat(directory.resolve("run/seed/user-data")).hasContent("#cloud-config\n");
        assertThat(directory.resolve("run/seed/network-config")).hasContent("version: 2\n");
    }

    @Test
    void a_secret_without_the_key_is_told_with_the_keys_that_would_do() throws Exception {
        seedWith("user-data", "#cloud-config\n");
        String secret = directory.resolve("secret").toString();
        cloudInit = new CloudInit(null, secret, null, null);
        assertThatThrownBy(this::launch)
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining(secret)
                .hasMessageContaining("[userData, userdata]");
    }

    @Test
    void a_seed_without_user_data_still_has_the_file_that_cloud_init_looks_for() throws Exception {
        cloudInit = new CloudInit(null, null, null, null);
        launch();
        assertThat(directory.resolve("run/seed/user-data")).isEmptyFile();
        assertThat(directory.resolve("run/seed/network-config")).doesNotExist();
    }

    @Test
    void a_disk_that_is_not_there_is_told_by_field_and_path() {
        String path = disk("root", null);
        assertProblem("disks[0].path is " + path + ", but there is no such file;");
    }

    @Test
    void an_empty_disk_is_refused() throws Exception {
        Files.createFile(Path.of(disk("root", null)));
        assertProblem(", but the file is empty;");
    }

    @Test
    void a_link_in_place_of_a_disk_is_refused() throws Exception {
        Files.createSymbolicLink(Path.of(disk("root", null)), directory.resolve("elsewhere"));
        assertProblem(", but it is a symbolic link");
    }

    @Test
    void a_directory_in_place_of_a_disk_is_refused() throws Exception {
        disks.add(new Disk("raw", Bus.SCSI, directory.toString(), false, true, 0, null, null));
        assertProblem(", but it is no block device;");
    }

    @Test
    void a_saved_state_that_is_not_there_is_told() {
        restorePath = directory.resolve("memory").toString();
        assertProblem("restorePath is " + restorePath);
    }

    @Test
    void required_acceleration_on_a_node_without_it_is_refused_with_the_way_out() {
        acceleration = Acceleration.REQUIRED;
        environment.put("KUBEHV_ACCELERATOR", "TCG");
        assertProblem("acceleration is Required, but this node offers no KVM that works; set it to Preferred");
    }

    @Test
    void a_definition_that_breaks_a_rule_is_refused_before_anything_is_made() {
        generation = 3;
        disk("data", MIB);
        assertProblem("generation is 3");
        assertThat(directory.resolve("data.img")).doesNotExist();
    }

    @Test
    void a_missing_or_unreadable_definition_is_told() {
        assertThatThrownBy(() -> launcher().prepare())
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("KUBEHV_DEFINITION is missing");
        environment.put("KUBEHV_DEFINITION", "{\"namespace\": 7");
        assertThatThrownBy(() -> launcher().prepare())
                .isInstanceOf(LaunchException.class)
                .hasMessageContaining("KUBEHV_DEFINITION: not JSON");
    }

    @Test
    void only_a_definition_that_cant_be_run_is_not_tried_again() {
        assertThat(VirtLauncher.exitCode(new LaunchException("no such machine")))
                .isEqualTo(78);
        assertThat(VirtLauncher.exitCode(new java.io.IOException("Input/output error")))
                .isEqualTo(74);
        assertThat(VirtLauncher.exitCode(new IllegalStateException("unexpected")))
                .isEqualTo(74);
    }

    @Test
    void kvm_is_taken_when_the_node_gives_it_and_the_machine_wants_it() throws Exception {
        Files.createFile(directory.resolve("root/dev/kvm"));
        environment.put("KUBEHV_ACCELERATOR", "KVM");
        assertThat(launch()).containsSequence("-accel", "kvm");
        acceleration = Acceleration.DISABLED;
        assertThat(launch()).contains("-accel").doesNotContain("kvm");
    }

    @Test
    void kvm_that_is_promised_and_not_there_is_not_taken() throws Exception {
        environment.put("KUBEHV_ACCELERATOR", "KVM");
        assertThat(launch()).doesNotContain("kvm");
    }

    @Test
    void the_guest_is_told_the_pods_search_domains_and_gets_ipv6_where_the_pod_has_it() throws Exception {
        Files.writeString(
                directory.resolve("root/etc/resolv.conf"),
                "nameserver 10.96.0.10\nsearch old\nsearch shop.svc.cluster.local cluster.local bad,domain\n");
        Files.writeString(directory.resolve("root/proc/net/if_inet6"), """
                00000000000000000000000000000001 01 80 10 80       lo
                fd000000000000000000000000000012 02 40 00 80     eth0
                """);
        assertThat(launch())
                .anySatisfy(argument -> assertThat(argument)
                        .contains("ipv6=on", "dnssearch=shop.svc.cluster.local,dnssearch=cluster.local")
                        .doesNotContain("old", "bad"));
    }

    @Test
    void a_pod_with_link_local_addresses_only_has_no_ipv6() throws Exception {
        Files.writeString(
                directory.resolve("root/proc/net/if_inet6"), "fe800000000000000042acfffe110002 02 40 20 80     eth0\n");
        assertThat(launch()).anySatisfy(argument -> assertThat(argument).contains("ipv6=off"));
    }

    @Test
    void a_tap_is_used_with_the_size_of_packets_that_it_has() throws Exception {
        adapter =
                new NetworkAdapter("lan", "00:15:5d:00:01:2a", false, null, null, List.of(), new Tap("tap0", 2), null);
        Files.createDirectories(directory.resolve("root/sys/class/net/tap0"));
        Files.writeString(directory.resolve("root/sys/class/net/tap0/mtu"), "1450\n");
        assertThat(launch())
                .contains("tap,id=network-lan,ifname=tap0,script=no,downscript=no,queues=2")
                .anySatisfy(argument -> assertThat(argument).contains(",mq=on,vectors=6,host_mtu=1450"));
        Files.createFile(directory.resolve("root/dev/vhost-net"));
        assertThat(launch()).anySatisfy(argument -> assertThat(argument).endsWith(",queues=2,vhost=on"));
    }

    @Test
    void a_pod_without_the_tap_of_an_adapter_says_what_to_look_at_and_is_tried_again() {
        adapter =
                new NetworkAdapter("lan", "00:15:5d:00:01:2a", false, null, null, List.of(), new Tap("tap0", 1), null);
        assertThatThrownBy(this::launch).isInstanceOfSatisfying(TapMissingException.class, e -> {
            assertThat(VirtLauncher.exitCode(e)).isEqualTo(74);
            assertThat(VirtLauncher.lines(e))
                    .singleElement()
                    .asString()
                    .startsWith("network adapter \"lan\"")
                    .contains("tap0", "cni-switch-plugin");
        });
    }

    private void assertProblem(String text) {
        assertThatThrownBy(this::launch)
                .isInstanceOfSatisfying(
                        LaunchException.class,
                        e -> assertThat(e.lines())
                                .singleElement()
                                .satisfies(line -> assertThat(line)
                                        .startsWith("The virtual machine can't be run: ")
                                        .contains(text)));
    }
}
