package io.kubehv.cni.chain;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
                file,
                Files.readString(file)
                        .replace("\"plugins\" : [ {", "\"plugins\" : [ { \"type\": \"kubehv-switch\" }, {"));
        chain.install(shim);
        assertThat(types(file)).containsExactly("flannel", "portmap", "kubehv-switch");
    }

    @Test
    void a_single_plug_in_stays_as_it_is_and_a_list_comes_before_it() throws IOException {
        String single = "{\"cniVersion\": \"0.4.0\", \"name\": \"one\", \"type\": \"bridge\", \"bridge\": \"b0\"}";
        Path file = Files.writeString(configurations.resolve("10-one.conf"), single);
        chain.install(shim);
        assertThat(Files.readString(file)).isEqualTo(single);
        assertThat(names(configurations)).containsExactly("0-kubehv-10-one.conflist", "10-one.conf");
        Path list = configurations.resolve("0-kubehv-10-one.conflist");
        assertThat(types(list)).containsExactly("bridge", "kubehv-switch");
        assertThat(JSON.readTree(Files.readString(list)).path("name").asText()).isEqualTo("one");
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
        assertThat(JSON.readTree(Files.readString(list))).isEqualTo(JSON.readTree(FLANNEL));
        assertThat(names(configurations)).containsExactly("10-flannel.conflist");
        assertThat(names(programs)).containsExactly("bridge");

        Files.move(list, configurations.resolve("10-one.conf"));
        Files.writeString(configurations.resolve("10-one.conf"), "{\"name\": \"one\", \"type\": \"bridge\"}");
        chain.install(shim);
        chain.uninstall();
        assertThat(names(configurations)).containsExactly("10-one.conf");
    }
}
