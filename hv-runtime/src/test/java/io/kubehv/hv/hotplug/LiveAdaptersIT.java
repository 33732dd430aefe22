package io.kubehv.hv.hotplug;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kubehv.hv.definition.VirtualMachineDefinition.NetworkAdapter;
import io.kubehv.hv.definition.VirtualMachineDefinition.Protocol;
import io.kubehv.hv.definition.VirtualMachineDefinition.Tap;
import io.kubehv.hv.qmp.QmpCommandException;
import io.kubehv.hv.qmp.client.QmpClient;
import io.kubehv.hv.qmp.client.RecordingListener;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against the machine's QEMU, in the sandbox that VMs have and without rights. Its guest never runs, so it never lets go of anything. */
class LiveAdaptersIT {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);
    private static final GuestNetwork GUEST = new GuestNetwork("web", List.of("shop.svc.cluster.local"), true);
    private static final String OWN = "00:15:5d:00:00:01";
    private static final String NEW = "00:15:5d:00:00:02";

    @TempDir
    private Path directory;

    private Process qemu;
    private QmpClient client;
    private LiveAdapters adapters;

    @BeforeEach
    void start() throws Exception {
        Path socket = directory.resolve("qmp.sock");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        qemu = new ProcessBuilder(List.of(
                        // Who may make taps gets one where there is none.
                        "setpriv",
                        "--reuid=107",
                        "--regid=107",
                        "--clear-groups",
                        "--bounding-set=-all",
                        "--no-new-privs",
                        System.getProperty("kubehv.qemu", "qemu-system-x86_64"),
                        "-nodefaults",
                        "-no-user-config",
                        "-display",
                        "none",
                        "-S",
                        "-machine",
                        "q35",
                        "-accel",
                        "tcg",
                        "-m",
                        "64",
                        "-sandbox",
                        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
                        "-device",
                        "pcie-root-port,id=pci-port-0,chassis=1,slot=1,io-reserve=0,addr=0x8.0,multifunction=on",
                        "-device",
                        "pcie-root-port,id=pci-port-1,chassis=2,slot=2,io-reserve=0,addr=0x8.1",
                        "-netdev",
                        "user,id=network-lan,net=192.0.2.0/27",
                        "-device",
                        "virtio-net-pci,id=adapter-lan,netdev=network-lan,mac=" + OWN + ",romfile=,bus=pci-port-0",
                        "-netdev",
                        "user,id=network-fixed",
                        "-device",
                        "virtio-net-pci,id=adapter-fixed,netdev=network-fixed,mac=00:15:5d:00:00:03,romfile=,addr=0x9",
                        "-qmp",
                        "unix:" + socket + ",server=on,wait=off"))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("qemu.log").toFile())
                .start();
        client = new QmpClient(socket, new RecordingListener());
        await().atMost(TIMEOUT).until(() -> Files.exists(socket));
        client.connect(TIMEOUT);
        adapters = new LiveAdapters(client, TIMEOUT);
    }

    @AfterEach
    void end() throws Exception {
        client.close();
        qemu.destroyForcibly().waitFor();
    }

    private static NetworkAdapter adapter(String name, @Nullable Tap tap) {
        return new NetworkAdapter(name, NEW, false, null, null, List.of(), tap, null);
    }

    private PresentAdapter present(String name) throws Exception {
        return adapters.present().stream()
                .filter(adapter -> adapter.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void adapters_from_the_start_and_those_that_came_are_found_in_their_places() throws Exception {
        assertThat(adapters.places()).containsExactly(0, 1);
        adapters.add(adapter("lan-port-1", null), 1, GUEST);
        assertThat(adapters.present())
                .containsExactly(
                        new PresentAdapter("fixed", "00:15:5d:00:00:03", null, null, false, Set.of()),
                        new PresentAdapter("lan", OWN, 0, null, false, Set.of()),
                        new PresentAdapter("lan-port-1", NEW, 1, null, true, Set.of()));
    }

    @Test
    void what_could_not_be_added_leaves_nothing_behind() throws Exception {
        assertThatThrownBy(() -> adapters.add(adapter("b", null), 0, GUEST)).isInstanceOf(QmpCommandException.class);
        assertThatThrownBy(() -> adapters.add(adapter("b", new Tap("tapnonesuch", 2)), 1, GUEST))
                .isInstanceOf(QmpCommandException.class);
        assertThat(adapters.present()).hasSize(2);
        adapters.add(adapter("b", null), 1, GUEST);
        assertThat(adapters.present()).hasSize(3);
    }

    @Test
    void an_adapter_tells_its_guest_how_large_packets_may_be_where_its_tap_says_so() throws Exception {
        client.execute("netdev_add", Map.of("type", "user", "id", "network-b"), TIMEOUT);
        client.execute("device_add", AdapterArguments.device(adapter("b", new Tap("tap1", 1, 1450)), 1), TIMEOUT);
        assertThat(client.execute(
                                "qom-get",
                                Map.of("path", "/machine/peripheral/adapter-b", "property", "host_mtu"),
                                TIMEOUT)
                        .asInt())
                .isEqualTo(1450);
        assertThat(AdapterArguments.device(adapter("b", new Tap("tap1", 1)), 1)).doesNotContainKey("host_mtu");
    }

    @Test
    void what_was_left_half_way_is_found_and_removed() throws Exception {
        client.execute("netdev_add", Map.of("type", "user", "id", "network-b"), TIMEOUT);
        assertThat(present("b")).isEqualTo(new PresentAdapter("b", null, null, null, false, Set.of()));
        assertThat(adapters.remove("b")).isTrue();
        assertThat(adapters.remove("b")).isTrue();
        assertThat(adapters.present()).hasSize(2);
    }

    @Test
    void an_adapter_that_the_guest_holds_keeps_its_network() throws Exception {
        client.execute("cont", Map.of(), TIMEOUT);
        assertThat(adapters.remove("fixed")).isFalse();
        assertThat(present("fixed").plugged()).isTrue();
        assertThat(client.execute("human-monitor-command", Map.of("command-line", "info network"), TIMEOUT)
                        .asText())
                .contains("network-fixed");
    }

    @Test
    void ports_are_opened_and_closed_and_told() throws Exception {
        int port = freePort();
        Forward tcp = new Forward(Protocol.TCP, port);
        Forward udp = new Forward(Protocol.UDP, port);
        assertThat(adapters.open("lan", tcp)).isEmpty();
        assertThat(adapters.open("lan", udp)).isEmpty();
        assertThat(present("lan").forwards()).containsExactlyInAnyOrder(tcp, udp);
        assertThat(present("fixed").forwards()).isEmpty();
        assertThat(adapters.open("fixed", tcp)).isPresent();
        adapters.close("lan", tcp);
        adapters.close("lan", tcp);
        assertThat(present("lan").forwards()).containsExactly(udp);
    }

    @Test
    void a_cable_goes_out_and_in_of_what_is_there_only() throws Exception {
        adapters.cable("lan", false);
        adapters.cable("lan", true);
        assertThatThrownBy(() -> adapters.cable("nonesuch", true)).isInstanceOf(QmpCommandException.class);
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0)) {
            return free.getLocalPort();
        }
    }
}
