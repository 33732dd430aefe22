package io.kubehv.cni.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NodeChainTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String FLANNEL = """
            {
              "name": "cbr0", "cniVersion": "0.3.1", "x-own": {"kept": [1, 2]},
              "plugins": [
                {"type": "flannel", "delegate": {"hairpinMode": true, "isDefaultGateway": true}},
                {"type": "portmap", "capabilities": {"portMappings": true}}
              ]
            }
            """;

    @TempDir
    private Path directory;

    private Path configurations;
    private Path programs;
    private Path shim;
    private NodeChain chain;

    @BeforeEach
    void prepare() throws IOException {
        configurations = Files.createDirectory(directory.resolve("net.d"));
        programs = Files.createDirectory(directory.resolve("bin"));
        shim = Files.writeString(directory.resolve("shim"), "the program");
        chain = new NodeChain(configurations, programs);
    }

    private static List<String> types(Path list) throws IOException {
        return Stream.of(JSON.readTree(Files.readString(list)).path("plugins"))
                .flatMap(plugins ->
                        Stream.iterate(0, i -> i < plugins.size(), i -> i + 1).map(plugins::get))
                .map(plugin -> plugin.path("type").asText())
                .toList();
    }

    private List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void it_stands_last_in_the_list_that_the_runtime_takes_and_keeps_all_else() throws IOException {
        Path first = Files.writeString(configurations.resolve("10-flannel.conflist"), FLANNEL);
        Files.setPosixFilePermissions(first, PosixFilePermissions.fromString("rw-r-----"));
        Path second = Files.writeString(configurations.resolve("20-other.conflist"), FLANNEL);
        chain.install(shim);
        assertThat(types(first)).containsExactly("flannel", "portmap", "kubehv-switch");
        JsonNode list = JSON.readTree(Files.readString(first));
        assertThat(list.path("x-own")).isEqualTo(JSON.readTree("{\"kept\": [1, 2]}"));
        assertThat(list.at("/plugins/2/capabilities/io.kubernetes.cri.pod-annotations")
                        .asBoolean())
                .isTrue();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(first)))
                .isEqualTo("rw-r-----");
        assertThat(Files.readString(second)).isEqualTo(FLANNEL);
        assertThat(programs.resolve("kubehv-switch")).isExecutable().hasContent("the program");
        assertThat(names(configurations)).containsExactly("10-flannel.conflist", "20-other.conflist");
    }

    @Test
    void it_is_put_in_once_and_again_when_the_file_was_written_anew() throws IOException {
        Path file = Files.writeString(configurations.resolve("10-flannel.conflist"), FLANNEL);
        chain.install(shim);
        String once = Files.readString(file);
        chain.install(shim);
        assertThat(Files.readString(file)).isEqualTo(once);
        Files.writeString(file, FLANNEL);
        chain.install(shim);
        assertThat(types(file)).containsExactly("flannel", "portmap", "kubehv-switch");
    }

    @Test
    void somebody_who_came_after_it_does_not_stay_behind_it() throws IOException {
        Path file = Files.writeString(configurations.resolve("10-flannel.conflist"), FLANNEL);
        chain.install(shim);
        Files.writeString(
                file, Files.readString(file).replace("\"plugins\": [", "\"plugins\": [{\"type\": \"kubehv-switch\"},"));
        chain.install(shim);
        assertThat(types(file)).containsExactly("flannel", "portmap", "kubehv-switch");
        Files.writeString(file, Files.readString(file).replace("\n  ]", ",\n    {\"type\": \"bandwidth\"}\n  ]"));
        chain.install(shim);
        assertThat(types(file)).containsExactly("flannel", "portmap", "bandwidth", "kubehv-switch");
    }

    @Test
    void a_single_plug_in_stays_as_it_is_and_a_list_comes_before_it() throws IOException {
        String single = "{\"cniVersion\": \"0.4.0\", \"name\": \"one\", \"type\": \"bridge\", \"bridge\": \"b0\"}";
        Path file = Files.writeString(configurations.resolve("10-one.conf"), single);
        chain.install(shim);
        assertThat(Files.readString(file)).isEqualTo(single);
        assertThat(names(configurations)).containsExactly("10-one-with-kubehv-switch.conflist", "10-one.conf");
        Path list = configurations.resolve("10-one-with-kubehv-switch.conflist");
        assertThat(types(list)).containsExactly("bridge", "kubehv-switch");
        assertThat(JSON.readTree(Files.readString(list)).path("name").asText()).isEqualTo("one");
    }

    @Test
    void a_network_of_pods_that_is_a_switch_stays_as_it_was_written() throws IOException {
        Path first = Files.writeString(configurations.resolve("10-flannel.conflist"), FLANNEL);
        String office =
                "{\"cniVersion\": \"1.0.0\", \"name\": \"office\", \"plugins\": [{\"type\": \"kubehv-switch\", \"switch\": \"office\"}]}";
        Path other = Files.writeString(configurations.resolve("20-office.conflist"), office);
        chain.install(shim);
        assertThat(types(first)).containsExactly("flannel", "portmap", "kubehv-switch");
        assertThat(Files.readString(other)).isEqualTo(office);
        chain.uninstall();
        assertThat(Files.readString(other)).isEqualTo(office);
    }

    @Test
    void what_it_does_not_understand_it_leaves_alone() throws IOException {
        for (String broken : List.of("", "{", "[]", "{\"name\": \"x\"}", "{\"plugins\": []}")) {
            Path file = Files.writeString(configurations.resolve("10-broken.conflist"), broken);
            chain.install(shim);
            assertThat(Files.readString(file)).isEqualTo(broken);
        }
        assertThat(names(configurations)).containsExactly("10-broken.conflist");
    }

    @Test
    void nothing_is_left_after_it() throws IOException {
        Path list = Files.writeString(configurations.resolve("10-flannel.conflist"), FLANNEL);
        Files.writeString(programs.resolve("bridge"), "another's");
        chain.install(shim);
        chain.uninstall();
        assertThat(list).hasContent(FLANNEL);
        assertThat(names(configurations)).containsExactly("10-flannel.conflist");
        assertThat(names(programs)).containsExactly("bridge");

        Files.move(list, configurations.resolve("10-one.conf"));
        Files.writeString(
                configurations.resolve("10-one.conf"),
                "{\"cniVersion\": \"0.4.0\", \"name\": \"one\", \"type\": \"bridge\"}");
        chain.install(shim);
        chain.uninstall();
        assertThat(names(configurations)).containsExactly("10-one.conf");
    }

    /** As their projects' installers write them. */
    private static Stream<String> real_lists() {
        return Stream.of(
                FLANNEL,
                """
                {
                \t"cniVersion": "0.3.1",
                \t"name": "kindnet",
                \t"plugins": [
                \t{
                \t\t"type": "ptp",
                \t\t"ipMasq": false,
                \t\t"ipam": {
                \t\t\t"type": "host-local",
                \t\t\t"dataDir": "/run/cni-ipam-state",
                \t\t\t"routes": [{ "dst": "0.0.0.0/0" }],
                \t\t\t"ranges": [[{ "subnet": "10.244.0.0/24" }]]
                \t\t}
                \t\t,
                \t\t"mtu": 1500
                \t},
                \t{
                \t\t"type": "portmap",
                \t\t"capabilities": {
                \t\t\t"portMappings": true
                \t\t}
                \t}
                \t]
                }""",
                """
                {
                  "name": "k8s-pod-network",
                  "cniVersion": "0.3.1",
                  "plugins": [
                    {
                      "type": "calico",
                      "log_level": "info",
                      "log_file_path": "/var/log/calico/cni/cni.log",
                      "datastore_type": "kubernetes",
                      "nodename": "kn\\u00f6ten-1é",
                      "mtu": 0,
                      "ipam": {"type": "calico-ipam"},
                      "policy": {"type": "k8s"},
                      "kubernetes": {"kubeconfig": "/etc/cni/net.d/calico-kubeconfig"}
                    },
                    {"type": "bandwidth", "capabilities": {"bandwidth": true}},
                    {"type": "portmap", "snat": true, "capabilities": {"portMappings": true}}
                  ]
                }
                """,
                """

                {
                  "cniVersion": "0.3.1",
                  "name": "cilium",
                  "plugins": [
                    {
                       "type": "cilium-cni",
                       "enable-debug": false,
                       "log-file": "/var/run/cilium/cilium-cni.log"
                    }
                  ]
                }
                """,
                "{\"cniVersion\":\"1.0.0\",\"name\":\"x\",\"n\":1.10,\"big\":123456789012345678901234567890,"
                        + "\"plugins\":[{\"type\":\"a\",\"s\":\"]}\\\"{[\"}],\"disableCheck\":true}");
    }

    @ParameterizedTest
    @MethodSource("real_lists")
    void no_byte_of_others_changes_and_without_it_the_file_is_as_it_was(String list) throws IOException {
        Path file = Files.writeString(configurations.resolve("10-x.conflist"), list);
        chain.install(shim);
        assertThat(types(file)).endsWith("kubehv-switch").hasSizeGreaterThan(1);
        assertThat(Files.readString(file)
                        .replace(
                                ",\n    {\"type\": \"kubehv-switch\", \"capabilities\": "
                                        + "{\"io.kubernetes.cri.pod-annotations\": true}}",
                                ""))
                .isEqualTo(list);
        chain.uninstall();
        assertThat(Files.readString(file)).isEqualTo(list);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"name\": \"x\", \"plugins\": [{\"type\": \"a\"}]}",
                "{\"cniVersion\": \"0.2.0\", \"name\": \"x\", \"plugins\": [{\"type\": \"a\"}]}",
                "{\"cniVersion\": \"1.2.0\", \"name\": \"x\", \"plugins\": [{\"type\": \"a\"}]}",
                "{\"cniVersion\": \"1.0.0\", \"cniVersions\": [\"1.0.0\", \"2.0.0\"], \"name\": \"x\", \"plugins\": [{\"type\": \"a\"}]}",
                "{\"cniVersion\": \"1.0.0\", \"name\": \"x\", \"plugins\": [{\"type\": \"a\"}], \"plugins\": []}",
                "{\"cniVersion\": \"1.0.0\", \"name\": \"x\", \"plugins\": [{\"type\": \"a\"}]} trailing"
            })
    void a_list_in_which_it_would_fail_every_pod_stays_without_it(String list) throws IOException {
        Path file = Files.writeString(configurations.resolve("10-x.conflist"), list);
        chain.install(shim);
        assertThat(Files.readString(file)).isEqualTo(list);
    }

    @Test
    void a_list_that_went_to_a_version_of_which_it_knows_nothing_gets_rid_of_it() throws IOException {
        Path file = Files.writeString(configurations.resolve("10-flannel.conflist"), FLANNEL);
        chain.install(shim);
        Files.writeString(file, Files.readString(file).replace("0.3.1", "1.2.0"));
        chain.install(shim);
        assertThat(file).hasContent(FLANNEL.replace("0.3.1", "1.2.0"));
    }

    @Test
    void a_network_that_comes_to_stand_first_is_the_one_and_the_others_are_as_they_were() throws IOException {
        String single = "{\"cniVersion\": \"0.4.0\", \"name\": \"one\", \"type\": \"bridge\"}";
        Files.writeString(configurations.resolve("10-one.conf"), single);
        Path second = Files.writeString(configurations.resolve("20-flannel.conflist"), FLANNEL);
        chain.install(shim);
        Path first = Files.writeString(configurations.resolve("05-flannel.conflist"), FLANNEL);
        chain.install(shim);
        assertThat(names(configurations)).containsExactly("05-flannel.conflist", "10-one.conf", "20-flannel.conflist");
        assertThat(types(first)).endsWith("kubehv-switch");
        Files.delete(first);
        Files.delete(configurations.resolve("10-one.conf"));
        chain.install(shim);
        assertThat(types(second)).endsWith("kubehv-switch");
    }

    @Test
    void a_single_plug_in_s_list_follows_it_and_goes_with_it() throws IOException {
        String single = "{\"cniVersion\": \"0.4.0\", \"name\": \"one\", \"type\": \"bridge\"}";
        Path file = Files.writeString(configurations.resolve("10-one.conf"), single);
        chain.install(shim);
        Files.writeString(file, single.replace("bridge", "macvlan"));
        chain.install(shim);
        assertThat(types(configurations.resolve("10-one-with-kubehv-switch.conflist")))
                .containsExactly("macvlan", "kubehv-switch");
        Files.delete(file);
        chain.install(shim);
        assertThat(names(configurations)).isEmpty();
    }

    @Test
    void a_link_and_what_was_not_finished_are_no_trouble() throws IOException {
        Path target = Files.writeString(directory.resolve("elsewhere"), FLANNEL);
        Files.createSymbolicLink(configurations.resolve("10-x.conflist"), target);
        Files.writeString(configurations.resolve(".10-x.conflist.kubehv-unfinished"), "half");
        chain.install(shim);
        assertThat(target).hasContent(FLANNEL);
        chain.uninstall();
        assertThat(names(configurations)).containsExactly("10-x.conflist");
    }

    @Test
    void what_its_installer_writes_is_noticed_at_once() throws Exception {
        Path file = Files.writeString(configurations.resolve("10-x.conflist"), FLANNEL);
        chain.install(shim);
        CountDownLatch told = new CountDownLatch(1);
        try (ChainWatch watch = ChainWatch.start(configurations, told::countDown)) {
            assertThat(watch).isNotNull();
            Path beside = Files.writeString(directory.resolve("new"), FLANNEL);
            Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
            assertThat(told.await(10, TimeUnit.SECONDS))
                    .as("told of the new file within 10 s")
                    .isTrue();
        }
    }
}
